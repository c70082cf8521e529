import { gunzip, gzip } from '../codec/gzip-codec.js';
import { decodeJson, encodeJson } from '../codec/json-codec.js';
import { type CodecContext, type VaultCodec } from '../codec/vault-codec.js';
import { FormatError } from '../errors/format-error.js';
import { SALT_BYTES } from './committed-key.js';
import { systemEnvironment } from './default-environment.js';
import { keyIdOf, openEnvelope, parseEnvelope, sealEnvelope } from './envelope.js';
import { type SealedEnvironment } from './environment.js';
import { type VaultKey } from './vault-key.js';
import { type VaultKeyring } from './vault-keyring.js';

/** What a sealing codec needs. */
export interface SealedCodecOptions {
  /** Asked at each call, so unlocking, locking and new keys count at once. */
  readonly keyring: VaultKeyring;
  /** For tests and simulations. */
  readonly environment?: Pick<SealedEnvironment, 'random'>;
}

/**
 * Canonical JSON, gzip, padding, AES-256-GCM under a key of its own (docs/vault-format.md, "Encryption"). Each call of `encode` gives other
 * bytes. `decode` opens nothing that was not sealed for the same kind of file, and for the same month if it is a segment.
 *
 * It throws `FormatError`: `locked` (the keyring is empty), `unknown-key` (sealed with a key that the keyring lacks; `details.keyId` names
 * it), `not-authentic` (damaged, moved or forged), `unsealed` (not encrypted), `upgrade-required`, `malformed`, `too-large`.
 */
export function sealedCodec({
  keyring,
  environment: { random } = systemEnvironment,
}: SealedCodecOptions): VaultCodec {
  return {
    extension: 'json.gz.enc',
    encode: async (json, context) => {
      const key = keyring.writingKey;
      if (key === undefined) throw locked();
      const content = await gzip(encodeJson(json));
      return sealEnvelope(content, context, { key, salt: random(SALT_BYTES) });
    },
    decode: async (bytes, context) => {
      const envelope = parseEnvelope(bytes);
      const key = findKey(keyring, envelope.keyId, context);
      return decodeJson(await gunzip(await openEnvelope(envelope, context, key)));
    },
    isCurrent: (beginning) => {
      const [keyId, writing] = [keyIdOf(beginning), keyring.writingKey];
      return keyId === undefined || writing === undefined || keyId === writing.id;
    },
  };
}

function findKey(keyring: VaultKeyring, keyId: string, { kind }: CodecContext): VaultKey {
  if (keyring.isLocked) throw locked();
  const key = keyring.get(keyId);
  if (key === undefined)
    throw new FormatError(
      'unknown-key',
      `core: this ${kind} is encrypted with the key ${keyId}, which is not on this device; open the keyring again`,
      { details: { keyId } },
    );
  return key;
}

const locked = (): FormatError =>
  new FormatError('locked', 'core: the vault is encrypted and locked; unlock it first');
