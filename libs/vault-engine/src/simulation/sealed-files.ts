import { type MemoryCloud } from '@chat-vault/cloud-storage/memory';
import { seededRandom } from '@chat-vault/cloud-storage/testing';
import { type CodecContext, FormatError, type VaultCodec } from '@chat-vault/core';
import { parsePath } from '@chat-vault/core/format';
import { createKeyring, sealedCodec, VaultKeyring } from '@chat-vault/core/sealed';
import { isSealedPath } from '../sealing/gate.js';

/** Where an envelope names its salt, and its length behind the commitment (docs/vault-format.md, "Envelope"). */
const SALT_AT = 21;
const COMMITMENT_AT = 53;
const LENGTH_AT = 85;
const HEADER_BYTES = 89;

/** The codec that apps use, with a key and salts of the seed. */
export async function seededCodec(seed: number): Promise<VaultCodec> {
  const number = seededRandom(seed);
  const random = (length: number) => Uint8Array.from({ length }, () => Math.floor(number() * 256));
  const environment = { random, passphraseCost: { memoryKiB: 19 * 1024, passes: 1, lanes: 1 } };
  const { keys } = await createKeyring([], { newId: () => '', environment });
  return sealedCodec({ keyring: new VaultKeyring(keys), environment });
}

/** I9: what a cloud is given sealed. */
export class SealedFiles {
  readonly #bySalt = new Map<string, string>();

  /** Looks at every file that arrives from now on: no key and nonce seal twice. */
  watch(cloud: MemoryCloud): void {
    const { create } = cloud;
    cloud.create = async (path, bytes, options) => {
      if (isSealedPath(path)) this.#note(path, bytes);
      await create.call(cloud, path, bytes, options);
    };
  }

  /** Each salt makes one key, and the nonce is always the same: so a salt comes back with the same envelope only, copied or sent again. */
  #note(path: string, bytes: Uint8Array): void {
    for (const envelope of envelopesIn(bytes)) {
      const salt = hex(envelope.subarray(SALT_AT, COMMITMENT_AT));
      const whole = hex(envelope);
      if ((this.#bySalt.get(salt) ?? whole) !== whole)
        throw new Error(`"${path}" was sealed with a salt that was used before`);
      this.#bySalt.set(salt, whole);
    }
  }
}

/** Opens every envelope of a file, and none of them with one byte changed, chosen by `random`. @throws Error */
export async function refusesChange(
  path: string,
  bytes: Uint8Array,
  { codec, random }: { readonly codec: VaultCodec; readonly random: () => number },
): Promise<void> {
  const context = contextOf(path);
  if (context === null) return;
  for (const envelope of envelopesIn(bytes)) {
    await codec.decode(envelope, context);
    const at = Math.floor(random() * envelope.length);
    const changed = envelope.with(at, (envelope[at] ?? 0) ^ (1 << Math.floor(random() * 8)));
    const outcome = await codec.decode(changed, context).catch((error: unknown) => error);
    if (!(outcome instanceof FormatError))
      throw new Error(`"${path}" opens with another byte ${at}`);
  }
}

function contextOf(path: string): CodecContext | null {
  const parsed = parsePath('chat-vault', path);
  if (parsed === null || parsed.kind === 'keyring') return null;
  if (parsed.kind !== 'vault') return { kind: parsed.kind };
  return { kind: 'segment', partition: parsed.partition };
}

/** The whole envelopes, which follow each other; what is torn ends it. */
function* envelopesIn(bytes: Uint8Array): Generator<Uint8Array> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at + HEADER_BYTES <= bytes.length;) {
    const end = at + HEADER_BYTES + view.getUint32(at + LENGTH_AT);
    if (end > bytes.length) return;
    yield bytes.slice(at, end);
    at = end;
  }
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
