import { hash } from 'node:crypto';
import { type CodecContext, FormatError, type VaultCodec } from '@chat-vault/core';
import { parsePath } from '@chat-vault/core/format';
import { isSealedPath } from '../sealing/gate.js';
import { type Dice } from './dice.js';

/** Everything that a person of a scenario writes, is named or is called by begins so, and no file of an encrypted vault may show it. */
export const MARKER = 'marker';
/** The same where it begins a payload in base64. */
const MARKER_IN_BASE64 = 'bWFya2Vy';

const MAGIC = 'CVE1';
const SALT_AT = 21;
const SALT_END = 53;
const LENGTH_AT = 85;
const HEADER_BYTES = 89;

/** Files that are opened with a changed byte at the end of a scenario, and changes of each. */
const SAMPLES = 4;
const CHANGES = 4;

interface Sealed {
  readonly bytes: Uint8Array;
  readonly context: CodecContext;
}

/** I9 of docs/sync-engine.md over every byte that is sent by who has the key: no key twice, nothing that can be read, and no changed byte is taken. */
export class SealAudit {
  /** What each salt sealed. One key and nonce come of one salt, so it may be only this. */
  readonly #envelopes = new Map<string, string>();
  readonly #sealed: Sealed[] = [];

  /** How many different envelopes were sent. */
  get count(): number {
    return this.#envelopes.size;
  }

  /** Looks at a file that is sent. @throws when it shows something, or uses a salt again */
  sent(path: string, bytes: Uint8Array): void {
    if (!isSealedPath(path)) return;
    const text = Buffer.from(bytes).toString('latin1');
    if ([text, path].some((one) => one.includes(MARKER) || one.includes(MARKER_IN_BASE64)))
      throw new Error(`"${path}" shows what it holds`);
    const context = contextOf(path);
    for (const envelope of envelopesOf(path, bytes)) {
      const salt = Buffer.from(envelope.subarray(SALT_AT, SALT_END)).toString('hex');
      const digest = hash('sha256', envelope);
      const known = this.#envelopes.get(salt);
      if (known !== undefined && known !== digest)
        throw new Error(`"${path}" uses a key and nonce again`);
      if (known === undefined) this.#sealed.push({ bytes: envelope, context });
      this.#envelopes.set(salt, digest);
    }
  }

  /** Opens some of what was sent, as it was and changed, cut off or in another place. @throws when that is not refused */
  async checkRefusals(dice: Dice, codec: VaultCodec): Promise<void> {
    for (let sample = 0; sample < SAMPLES && this.#sealed.length > 0; sample++) {
      const one = dice.any(this.#sealed);
      await codec.decode(one.bytes, one.context);
      for (const [what, changed] of variants(one, dice)) await refused(codec, changed, what);
    }
  }
}

function variants({ bytes, context }: Sealed, dice: Dice): readonly (readonly [string, Sealed])[] {
  const flips = Array.from({ length: CHANGES }, () => {
    const at = dice.between(0, bytes.length - 1);
    const changed = bytes.slice();
    changed[at] = (changed[at] ?? 0) ^ (1 << dice.between(0, 7));
    return [`a changed byte at ${at}`, { bytes: changed, context }] as const;
  });
  const length = dice.between(0, bytes.length - 1);
  const kind = context.kind === 'delta' ? 'catalog' : 'delta';
  return [
    ...flips,
    [`an end after ${length} bytes`, { bytes: bytes.slice(0, length), context }],
    ['another kind of file', { bytes, context: { kind } }],
    ...(context.kind === 'segment'
      ? [['another month', { bytes, context: { ...context, partition: '1970-01' } }] as const]
      : []),
  ];
}

async function refused(codec: VaultCodec, { bytes, context }: Sealed, what: string): Promise<void> {
  try {
    await codec.decode(bytes, context);
  } catch (error) {
    if (error instanceof FormatError) return;
    throw error;
  }
  throw new Error(`${what} of a sealed ${context.kind} was not refused`);
}

/** A file is one envelope after the other and nothing besides. */
function envelopesOf(path: string, bytes: Uint8Array): readonly Uint8Array[] {
  const envelopes: Uint8Array[] = [];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at < bytes.length;) {
    const magic = Buffer.from(bytes.subarray(at, at + MAGIC.length)).toString('latin1');
    const isWhole = magic === MAGIC && bytes.length >= at + HEADER_BYTES;
    const end = isWhole ? at + HEADER_BYTES + view.getUint32(at + LENGTH_AT) : Infinity;
    if (end > bytes.length) throw new Error(`"${path}" holds what is not sealed`);
    envelopes.push(bytes.slice(at, end));
    at = end;
  }
  return envelopes;
}

function contextOf(path: string): CodecContext {
  const parsed = parsePath('chat-vault', path);
  if (parsed === null || parsed.kind === 'keyring') throw new Error(`"${path}" is of no kind`);
  return parsed.kind === 'vault'
    ? { kind: 'segment', partition: parsed.partition }
    : { kind: parsed.kind };
}
