import { describe, expect, it } from 'vitest';
import { cheapEnvironment, sampleKey } from '../testing/sealed-samples.js';
import { sealedVectorsHold } from '../testing/sealed-vectors.js';
import { codeThrownBy } from '../testing/thrown-by.js';
import { KeyringError } from './keyring-error.js';
import { openKeyring } from './open-keyring.js';
import { sealedCodec } from './sealed-codec.js';
import { createRecoveryCode, type VaultSecret } from './secret.js';
import { type VaultKey } from './vault-key.js';
import { VaultKeyring } from './vault-keyring.js';
import { changeSecret, createKeyring } from './write-keyring.js';
import vectors from './vectors.json';

const context = { kind: 'segment', partition: '2024-01' } as const;
const secret: VaultSecret = { kind: 'passphrase', passphrase: 'Ångström' };
const options = {
  newId: () => crypto.randomUUID(),
  environment: {
    ...cheapEnvironment(),
    random: (length: number) => crypto.getRandomValues(new Uint8Array(length)),
  },
};

/** Puts a value into IndexedDB and reads it back in another transaction. */
async function throughIndexedDb<Value>(value: Value): Promise<Value> {
  const settled = <Result>(request: IDBRequest<Result>) =>
    new Promise<Result>((resolve, reject) => {
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
  const name = crypto.randomUUID();
  const opening = indexedDB.open(name);
  opening.onupgradeneeded = () => opening.result.createObjectStore('keys');
  const db = await settled(opening);
  await settled(db.transaction('keys', 'readwrite').objectStore('keys').put(value, 1));
  const stored = (await settled(db.transaction('keys').objectStore('keys').get(1))) as Value;
  db.close();
  indexedDB.deleteDatabase(name);
  return stored;
}

describe('sealedCodec in a browser', () => {
  it('gives back what was sealed, and refuses each changed byte', async () => {
    const codec = sealedCodec({ keyring: new VaultKeyring([await sampleKey(1)]) });
    const bytes = await codec.encode({ text: 'héllo 😀' }, context);
    expect(await codec.decode(bytes, context)).toEqual({ text: 'héllo 😀' });
    for (let at = 0; at < bytes.length; at++) {
      const changed = bytes.map((byte, index) => (index === at ? byte ^ 1 : byte));
      expect(await codeThrownBy(() => codec.decode(changed, context))).not.toBe('none');
    }
  });
});

describe('a keyring in a browser', () => {
  it('is made, opened and given another passphrase', async () => {
    const code = createRecoveryCode();
    const made = await createKeyring([secret, { kind: 'recovery', code }], options);
    const next: VaultSecret = { kind: 'passphrase', passphrase: 'another' };
    const changed = await changeSecret(made.files, { current: secret, next }, options);
    const ids = made.keys.map(({ id }) => id);
    for (const [files, one] of [
      [made.files, secret],
      [made.files, { kind: 'recovery', code }],
      [changed.files, next],
    ] as const)
      expect((await openKeyring(files, one)).keys.map(({ id }) => id)).toEqual(ids);
    const refusal = await openKeyring(changed.files, secret).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(KeyringError);
    expect(refusal).toMatchObject({ code: 'wrong-secret' });
  });

  it('stays unlocked in IndexedDB without its bytes', async () => {
    const { keys } = await createKeyring(
      [{ kind: 'recovery', code: createRecoveryCode() }],
      options,
    );
    const bytes = await sealedCodec({ keyring: new VaultKeyring(keys) }).encode([1], context);
    const stored = await throughIndexedDb<readonly VaultKey[]>(keys);
    const codec = sealedCodec({ keyring: new VaultKeyring(stored) });
    expect(await codec.decode(bytes, context)).toEqual([1]);
    const [key] = stored;
    expect(key?.key.extractable).toBe(false);
    await expect(crypto.subtle.exportKey('raw', key?.key as CryptoKey)).rejects.toThrow();
  });

  it('takes today’s cost of a passphrase', async () => {
    const { files, keys } = await createKeyring([secret], { newId: options.newId });
    const opened = await openKeyring(files, secret);
    expect(opened.keys.map(({ id }) => id)).toEqual(keys.map(({ id }) => id));
  });
});

sealedVectorsHold(vectors as Parameters<typeof sealedVectorsHold>[0]);
