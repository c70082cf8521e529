import { describe, expect, it } from 'vitest';
import { type CodecContext } from '../codec/vault-codec.js';
import { openEnvelope, parseEnvelope, sealEnvelope } from '../sealed/envelope.js';
import { fromHex, toHex } from '../sealed/hex.js';
import { hkdf } from '../sealed/hkdf.js';
import { type KeyringFile } from '../sealed/keyring-file.js';
import { openKeyring } from '../sealed/open-keyring.js';
import { pad, padmeLength } from '../sealed/padme.js';
import { formatRecoveryCode, parseRecoveryCode } from '../sealed/recovery-code.js';
import { sealedCodec } from '../sealed/sealed-codec.js';
import { type VaultSecret } from '../sealed/secret.js';
import { toVaultKey } from '../sealed/vault-key.js';
import { VaultKeyring } from '../sealed/vault-keyring.js';
import { wrapKeys } from '../sealed/wrap-keys.js';

/** What is put in: bytes as hex, all else as it is. */
export interface SealedInputs {
  readonly padding: readonly number[];
  readonly recoveryCodes: readonly string[];
  readonly vaultKeys: readonly string[];
  readonly envelopes: readonly {
    readonly kind: CodecContext['kind'];
    readonly partition?: string;
    readonly vaultKey: string;
    readonly salt: string;
    readonly json: string;
    readonly gzip: string;
  }[];
  readonly keyrings: readonly {
    readonly id: string;
    readonly secret: VaultSecret;
    readonly account: string | null;
    readonly replaces: readonly string[];
    readonly salt: string;
    readonly keys: readonly { readonly generation: number; readonly key: string }[];
  }[];
}

/** Inputs and what the format makes of them, for those who write another client. */
export type SealedVectors = Awaited<ReturnType<typeof sealedVectors>>;

type EnvelopeInput = SealedInputs['envelopes'][number];
type KeyringInput = SealedInputs['keyrings'][number];

/** What this library makes of the inputs. */
export async function sealedVectors(inputs: SealedInputs) {
  return {
    padding: inputs.padding.map((length) => ({ length, padded: padmeLength(length) })),
    recoveryCodes: inputs.recoveryCodes.map((secret) => ({
      secret,
      code: formatRecoveryCode(fromHex(secret)),
    })),
    vaultKeys: await Promise.all(
      inputs.vaultKeys.map(async (key) => ({ key, id: (await vaultKeyOf(key)).id })),
    ),
    envelopes: await Promise.all(inputs.envelopes.map(envelopeVector)),
    keyrings: await Promise.all(inputs.keyrings.map(keyringVector)),
  };
}

const vaultKeyOf = (hex: string) => toVaultKey({ generation: 0, bytes: fromHex(hex) });

const contextOf = ({ kind, partition }: EnvelopeInput): CodecContext =>
  partition === undefined ? { kind } : { kind, partition };

async function envelopeVector(input: EnvelopeInput) {
  const key = await vaultKeyOf(input.vaultKey);
  const salt = fromHex(input.salt);
  const derived = await hkdf(key.key, salt, `chat-vault/1/${input.kind}`, 64);
  const content = fromHex(input.gzip);
  return {
    ...input,
    key: toHex(derived.slice(0, 32)),
    commitment: toHex(derived.slice(32)),
    plaintext: toHex(pad(content)),
    envelope: toHex(await sealEnvelope(content, contextOf(input), { key, salt })),
  };
}

async function keyringVector(input: KeyringInput) {
  const { id, account, replaces } = input;
  const keys = input.keys.map(({ generation, key }) => ({ generation, bytes: fromHex(key) }));
  const environment = {
    random: () => fromHex(input.salt),
    passphraseCost: { memoryKiB: 19 * 1024, passes: 1, lanes: 1 },
  };
  const file = await wrapKeys({ keys, account }, input.secret, { id, replaces, environment });
  return { ...input, file: new TextDecoder().decode(file.bytes) };
}

/** Tests that this platform makes the vectors byte for byte, and opens them. */
export function sealedVectorsHold(vectors: SealedVectors): void {
  describe('vectors.json', () => {
    it('is what this platform makes of its inputs', async () => {
      const inputs = {
        ...vectors,
        padding: vectors.padding.map(({ length }) => length),
        recoveryCodes: vectors.recoveryCodes.map(({ secret }) => secret),
        vaultKeys: vectors.vaultKeys.map(({ key }) => key),
      };
      for (const [part, made] of Object.entries(await sealedVectors(inputs)))
        expect(vectors[part as keyof SealedVectors]).toMatchObject(made);
    });

    it.each(vectors.envelopes)('holds a $kind $partition that opens', async (vector) => {
      const key = await vaultKeyOf(vector.vaultKey);
      const bytes = fromHex(vector.envelope);
      const context = contextOf(vector);
      const content = await openEnvelope(parseEnvelope(bytes), context, key);
      expect(toHex(content)).toBe(vector.gzip);
      const codec = sealedCodec({ keyring: new VaultKeyring([key]) });
      expect(await codec.decode(bytes, context)).toEqual(JSON.parse(vector.json));
    });

    it.each(vectors.keyrings)('holds a keyring of a $secret.kind that opens', async (vector) => {
      const file: KeyringFile = { id: vector.id, bytes: new TextEncoder().encode(vector.file) };
      const { keys } = await openKeyring([file], vector.secret);
      const expected = await Promise.all(vector.keys.map(({ key }) => vaultKeyOf(key)));
      expect(keys.map(({ id }) => id).sort()).toEqual(expected.map(({ id }) => id).sort());
    });

    it('holds recovery codes that are read', () => {
      for (const { secret, code } of vectors.recoveryCodes)
        expect(toHex(parseRecoveryCode(code))).toBe(secret);
    });
  });
}
