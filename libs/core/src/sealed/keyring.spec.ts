import { createHash } from 'node:crypto';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { canonicalJson } from '../json/canonical-json.js';
import { fromBase64, toBase64 } from '../model/base64.js';
import {
  deviceOptions,
  jsonOf,
  keyringRefusal,
  passphrase,
  recovery,
} from '../testing/keyring-samples.js';
import { cheapEnvironment, countingRandom } from '../testing/sealed-samples.js';
import { twoKeyCiphertext } from '../testing/two-key-ciphertext.js';
import * as argon2 from './argon2id.js';
import { fromHex, toHex } from './hex.js';
import { hkdf, importHkdfKey } from './hkdf.js';
import { type KeyringFile, keyringHeader, parseKeyringFile } from './keyring-file.js';
import { KeyringError } from './keyring-error.js';
import { inspectKeyring, openKeyring } from './open-keyring.js';
import { parseRecoveryCode } from './recovery-code.js';
import { sealedCodec } from './sealed-codec.js';
import { createRecoveryCode } from './secret.js';
import { VaultKeyring } from './vault-keyring.js';
import { changeSecret, createKeyring, rotateVaultKey } from './write-keyring.js';

const ACCOUNT = '0123456789abcdef';
const CODE = createRecoveryCode({ random: countingRandom(77) });
const OTHER_CODE = createRecoveryCode({ random: countingRandom(78) });
const context = { kind: 'delta' } as const;

afterEach(() => void vi.restoreAllMocks());

const idsOf = (keys: readonly { readonly id: string }[]) => keys.map(({ id }) => id);

function forged(file: KeyringFile, change: Readonly<Record<string, unknown>>): KeyringFile {
  const { digest: _, ...json } = { ...jsonOf(file), ...change };
  const digest = createHash('sha256').update(canonicalJson(json)).digest('hex');
  return {
    id: file.id,
    bytes: new TextEncoder().encode(`${canonicalJson({ ...json, digest })}\n`),
  };
}

/** Files that are tried before a genuine one, and open with nothing. */
const plantedLike = (file: KeyringFile, count: number): readonly KeyringFile[] =>
  Array.from({ length: count }, (_, at) => {
    const id = `018d0000-0000-7000-8000-${at.toString(16).padStart(12, '0')}`;
    return { ...forged(file, { id, salt: 'ab'.repeat(32) }), id };
  });

describe('createKeyring', () => {
  it('makes one file for each secret, and each opens the same key', async () => {
    const { keys, files } = await createKeyring(
      [passphrase('correct horse'), recovery(CODE)],
      deviceOptions(1, ACCOUNT),
    );
    expect(files).toHaveLength(2);
    for (const secret of [passphrase('correct horse'), recovery(CODE.toLowerCase())]) {
      const opened = await openKeyring(files, secret, { account: ACCOUNT });
      expect(idsOf(opened.keys)).toEqual(idsOf(keys));
      expect(opened.opened).toHaveLength(1);
      expect(opened).toMatchObject({ damaged: [], closed: [] });
    }
  });

  it('makes keys that read what the other wrote', async () => {
    const { keys, files } = await createKeyring([recovery(CODE)], deviceOptions(1));
    const bytes = await sealedCodec({ keyring: new VaultKeyring(keys) }).encode([1], context);
    const opened = await openKeyring(files, recovery(CODE));
    const codec = sealedCodec({ keyring: new VaultKeyring(opened.keys) });
    expect(await codec.decode(bytes, context)).toEqual([1]);
  });

  it('makes another key each time, of the cost that the format names', async () => {
    const options = { newId: deviceOptions(1).newId };
    const [a, b] = [
      await createKeyring([passphrase('a')], options),
      await createKeyring([recovery(CODE)], options),
    ];
    expect(idsOf(a.keys)).not.toEqual(idsOf(b.keys));
    expect(jsonOf(a.files[0] as KeyringFile)['kdf']).toEqual({
      name: 'argon2id',
      memoryKiB: 65536,
      passes: 3,
      lanes: 1,
    });
  });

  it('writes no byte of the key, of the secret or of the account', async () => {
    const text = 'correct horse battery staple';
    const options = { ...deviceOptions(1, ACCOUNT), environment: cheapEnvironment(5) };
    const { files } = await createKeyring([passphrase(text), recovery(CODE)], options);
    const vaultKey = cheapEnvironment(5).random(32);
    for (const file of files) {
      const written = new TextDecoder().decode(file.bytes);
      for (const secret of [
        text,
        toHex(vaultKey),
        toBase64(vaultKey),
        CODE,
        toHex(parseRecoveryCode(CODE)),
        ACCOUNT,
      ])
        expect(written).not.toContain(secret);
      const wrapped = fromBase64(String(jsonOf(file)['wrapped'])) ?? new Uint8Array();
      expect(Buffer.from(wrapped).includes(Buffer.from(vaultKey))).toBe(false);
    }
  });

  it.each(['', 'x'.repeat(1025), '\ud800'])('refuses the passphrase %j', async (text) => {
    expect(
      await keyringRefusal(() => createKeyring([passphrase(text)], deviceOptions(1))),
    ).toMatchObject({ code: 'unusable-passphrase' });
  });

  it('does not write a file that no device would read', async () => {
    const environment = {
      ...cheapEnvironment(1),
      passphraseCost: { memoryKiB: 1024, passes: 1, lanes: 1 },
    };
    await expect(
      createKeyring([passphrase('a')], { ...deviceOptions(1), environment }),
    ).rejects.toMatchObject({ code: 'malformed' });
  });
});

describe('openKeyring', () => {
  it('takes a passphrase in any form of the same text', async () => {
    const { files, keys } = await createKeyring([passphrase('Ångström ﬁ ①')], deviceOptions(1));
    const opened = await openKeyring(files, passphrase('A\u030angstro\u0308m fi 1'));
    expect(idsOf(opened.keys)).toEqual(idsOf(keys));
    for (const other of ['ångström fi 1', 'Ångström fi 1 '])
      expect(await keyringRefusal(() => openKeyring(files, passphrase(other)))).toMatchObject({
        code: 'wrong-secret',
      });
  });

  it('tells a wrong secret, a damaged keyring, another account and no keyring apart', async () => {
    const { files } = await createKeyring(
      [passphrase('right'), recovery(CODE)],
      deviceOptions(1, ACCOUNT),
    );
    const [byPassphrase, byCode] = files as [KeyringFile, KeyringFile];
    const refusal = (
      list: readonly KeyringFile[],
      secret = passphrase('right'),
      account = ACCOUNT,
    ) => keyringRefusal(() => openKeyring(list, secret, { account }));
    expect(await refusal(files, passphrase('wrong'))).toMatchObject({
      code: 'wrong-secret',
      details: { secret: 'passphrase', damaged: [] },
    });
    expect(await refusal(files, recovery(OTHER_CODE))).toMatchObject({ code: 'wrong-secret' });
    expect(await refusal(files, recovery(`${CODE.slice(0, -1)}?`))).toMatchObject({
      code: 'mistyped-code',
      details: { group: 13 },
    });
    expect(await refusal(files, passphrase('right'), 'fedcba9876543210')).toMatchObject({
      code: 'foreign-vault',
    });
    expect(await refusal([])).toMatchObject({ code: 'no-keyring' });
    expect(await refusal([byCode])).toMatchObject({ code: 'no-keyring' });
    const torn = { ...byPassphrase, bytes: byPassphrase.bytes.slice(0, -9) };
    expect(await refusal([torn])).toMatchObject({
      code: 'damaged-keyring',
      details: { damaged: [torn.id] },
    });
    expect(await refusal([torn, byCode])).toMatchObject({ code: 'damaged-keyring' });
    expect((await openKeyring([torn, byCode], recovery(CODE))).damaged).toEqual([torn.id]);
    expect(await refusal([forged(byPassphrase, { version: 2 })])).toMatchObject({
      code: 'upgrade-required',
    });
    expect(await refusal(files, passphrase('right'))).toBe('none');
    // An app that gave no account id before or gives none now is let through, as with deltas.
    await openKeyring(files, passphrase('right'));
  });

  it('says damaged, not wrong, when the secret is right and the wrapping was altered', async () => {
    const { files } = await createKeyring([recovery(CODE)], deviceOptions(1));
    const [file] = files as [KeyringFile];
    const wrapped = fromBase64(String(jsonOf(file)['wrapped'])) ?? new Uint8Array();
    const altered = toBase64(wrapped.map((byte, at) => (at === 20 ? byte ^ 1 : byte)));
    for (const change of [
      { wrapped: altered },
      { wrapped: toBase64(wrapped.slice(0, -1)) },
      { wrapped: 'AAAA' },
      { keyIds: ['ab'.repeat(16)] },
      { replaces: ['018d5f3a-0000-7000-8000-00000000ffff'] },
    ])
      expect(
        await keyringRefusal(() => openKeyring([forged(file, change)], recovery(CODE))),
      ).toMatchObject({ code: 'damaged-keyring' });
    const other = forged(file, { salt: 'ab'.repeat(32) });
    expect(await keyringRefusal(() => openKeyring([other], recovery(CODE)))).toMatchObject({
      code: 'wrong-secret',
    });
  });

  it('refuses keys wrapped for two secrets at once: only the committed one opens them', async () => {
    const { files } = await createKeyring([recovery(CODE)], deviceOptions(1));
    const [file] = files as [KeyringFile];
    const parsed = await parseKeyringFile(file);
    const bitsOf = async (code: string) => {
      const key = await importHkdfKey(parseRecoveryCode(code));
      return hkdf(key, parsed.salt, 'chat-vault/1/keyring/recovery', 64);
    };
    const [mine, theirs] = [await bitsOf(CODE), await bitsOf(OTHER_CODE)];
    const keys = [mine.slice(0, 32), theirs.slice(0, 32)] as const;
    const wrapped = await twoKeyCiphertext([keys[0], keys[1]], keyringHeader(parsed), 3);
    for (const raw of keys) {
      const key = await crypto.subtle.importKey('raw', raw, 'AES-GCM', false, ['decrypt']);
      const additionalData = keyringHeader(parsed) as Uint8Array<ArrayBuffer>;
      const algorithm = { name: 'AES-GCM', iv: new Uint8Array(12), additionalData };
      await crypto.subtle.decrypt(algorithm, key, wrapped as Uint8Array<ArrayBuffer>);
    }
    const change = { wrapped: toBase64(wrapped), commitment: toHex(theirs.slice(32)) };
    const trap = forged(file, change);
    expect(await keyringRefusal(() => openKeyring([trap], recovery(CODE)))).toMatchObject({
      code: 'wrong-secret',
    });
  });

  it('derives nothing for a file that asks for too much or too little', async () => {
    const derive = vi.spyOn(argon2, 'argon2id');
    const { files } = await createKeyring([passphrase('a')], deviceOptions(1));
    const [file] = files as [KeyringFile];
    derive.mockClear();
    const cost = { name: 'argon2id', memoryKiB: 65536, passes: 3, lanes: 1 };
    for (const change of [
      { memoryKiB: 8 * 1024 * 1024 },
      { memoryKiB: 8 },
      { passes: 4_000_000_000 },
      { lanes: 100 },
    ]) {
      const planted = forged(file, { kdf: { ...cost, ...change } });
      expect(await keyringRefusal(() => openKeyring([planted], passphrase('a')))).toMatchObject({
        code: 'damaged-keyring',
      });
    }
    expect(derive).not.toHaveBeenCalled();
    await openKeyring([file], passphrase('a'));
    expect(derive).toHaveBeenCalledTimes(1);
  });

  it('tries a bounded number of files, the cheap ones first', async () => {
    const { files } = await createKeyring([passphrase('a')], deviceOptions(1));
    const [file] = files as [KeyringFile];
    const derive = vi.spyOn(argon2, 'argon2id').mockResolvedValue(new Uint8Array(32));
    const planted = Array.from({ length: 40 }, (_, at) => {
      const id = `018d5f3a-0000-7000-8000-0000000000${(at + 16).toString(16)}`;
      const kdf = { name: 'argon2id', memoryKiB: 1024 * 1024, passes: 10, lanes: 4 };
      return { ...forged(file, { id, kdf }), id };
    });
    await keyringRefusal(() => openKeyring([...planted, file], passphrase('a')));
    expect(derive).toHaveBeenCalledTimes(16);
    expect(derive.mock.calls[0]?.[2]).toMatchObject({ memoryKiB: 19 * 1024 });
  });

  it(
    'does not get to the genuine file behind sixteen planted ones, as if somebody had removed it',
    { timeout: 30_000 },
    async () => {
      const { files } = await createKeyring([passphrase('a')], deviceOptions(1));
      const [file] = files as [KeyringFile];
      const planted = plantedLike(file, 16);
      const refusal = await keyringRefusal(() => openKeyring([...planted, file], passphrase('a')));
      expect(refusal).toMatchObject({ code: 'wrong-secret', details: { untried: 1 } });
      await openKeyring([...planted.slice(1), file], passphrase('a'));
    },
  );

  it(
    'gets to the genuine file of a recovery code behind as many as a folder holds',
    { timeout: 30_000 },
    async () => {
      const { files, keys } = await createKeyring([recovery(CODE)], deviceOptions(1));
      const [file] = files as [KeyringFile];
      const opened = await openKeyring([...plantedLike(file, 127), file], recovery(CODE));
      expect(idsOf(opened.keys)).toEqual(idsOf(keys));
      const hidden = [...plantedLike(file, 128), file];
      const refusal = await keyringRefusal(() => openKeyring(hidden, recovery(CODE)));
      expect(refusal).toMatchObject({ code: 'wrong-secret', details: { untried: 1 } });
    },
  );

  it('opens the others when the device lacks the memory for a planted file, and says so when there is no other', async () => {
    const { files, keys } = await createKeyring([passphrase('a')], deviceOptions(1));
    const [file] = files as [KeyringFile];
    const kdf = { name: 'argon2id', memoryKiB: 1024 * 1024, passes: 1, lanes: 1 };
    const id = '018d5f3a-0000-7000-8000-00000000ffff';
    const planted = { ...forged(file, { id, kdf }), id };
    const real = argon2.argon2id;
    const derive = vi.spyOn(argon2, 'argon2id').mockImplementation(async (...words) => {
      if (words[2].memoryKiB > 65536) throw new RangeError('Out of memory');
      return real(...words);
    });
    const refusal = (list: readonly KeyringFile[], text: string) =>
      keyringRefusal(() => openKeyring(list, passphrase(text)));
    expect(idsOf((await openKeyring([planted, file], passphrase('a'))).keys)).toEqual(idsOf(keys));
    expect(await refusal([planted], 'a')).toMatchObject({
      code: 'out-of-memory',
      details: { mebibytes: 1024 },
    });
    expect(await refusal([planted, file], 'b')).toMatchObject({ code: 'wrong-secret' });
    derive.mockRejectedValue(new TypeError('Failed to fetch dynamically imported module'));
    await expect(openKeyring([file], passphrase('a'))).rejects.toBeInstanceOf(TypeError);
  });

  it('says nothing of the secret in any error', async () => {
    const text = 'correct horse battery staple';
    const made = await createKeyring([passphrase('other'), recovery(OTHER_CODE)], deviceOptions(1));
    const torn = made.files.map((file) => ({ ...file, bytes: file.bytes.slice(0, -40) }));
    for (const files of [made.files, torn, []])
      for (const secret of [
        passphrase(text),
        passphrase(text.repeat(40)),
        recovery(CODE),
        recovery(`${CODE}0`),
      ]) {
        const error: unknown = await openKeyring(files, secret).catch((caught: unknown) => caught);
        expect(error).toBeInstanceOf(KeyringError);
        const { message, stack, details, cause } = error as KeyringError;
        const said = JSON.stringify([message, stack, details, String(cause)]);
        for (const part of ['horse', ...CODE.split('-')]) expect(said).not.toContain(part);
      }
  });

  it('gives all keys when two devices turned encryption on at once, and both choose the same to write', async () => {
    const a = await createKeyring([passphrase('same'), recovery(CODE)], deviceOptions(1));
    const b = await createKeyring([passphrase('same'), recovery(OTHER_CODE)], deviceOptions(2));
    const files = [...a.files, ...b.files];
    const sealed = await Promise.all(
      [a, b].map(({ keys }) =>
        sealedCodec({ keyring: new VaultKeyring(keys) }).encode(idsOf(keys), context),
      ),
    );
    const opened = await openKeyring(files, passphrase('same'));
    expect(opened.closed).toEqual([]);
    const codec = sealedCodec({ keyring: new VaultKeyring(opened.keys) });
    for (const bytes of sealed) await codec.decode(bytes, context);
    const smallest = [...idsOf(a.keys), ...idsOf(b.keys)].sort()[0];
    expect(opened.keys[0]?.id).toBe(smallest);
    const reversed = await openKeyring([...files].reverse(), passphrase('same'));
    expect(idsOf(reversed.keys)).toEqual(idsOf(opened.keys));
    const withCode = await openKeyring(files, recovery(CODE));
    expect(idsOf(withCode.keys)).toEqual(idsOf(a.keys));
    expect(withCode.closed.map(({ keyIds }) => keyIds[0])).toEqual([
      ...idsOf(b.keys),
      ...idsOf(b.keys),
    ]);
  });
});

describe('inspectKeyring', () => {
  it('says without a secret which kinds open it and which keys it names', async () => {
    const { keys, files } = await createKeyring(
      [passphrase('a'), recovery(CODE)],
      deviceOptions(1),
    );
    const [first, second] = files as [KeyringFile, KeyringFile];
    const torn = { id: '018d5f3a-0000-7000-8000-00000000ffff', bytes: first.bytes };
    const newer = forged(second, { version: 9 });
    const found = await inspectKeyring([first, second, torn, newer]);
    expect(found.entries.map(({ secret }) => secret)).toEqual(['passphrase', 'recovery']);
    for (const { keyIds } of found.entries) expect(keyIds).toEqual(idsOf(keys));
    expect(found).toMatchObject({ damaged: [torn.id], newer: [newer.id] });
    expect(Object.keys(found.entries[0] ?? {}).sort()).toEqual([
      'id',
      'keyIds',
      'replaces',
      'secret',
    ]);
  });
});

describe('changeSecret', () => {
  it('writes one file, replaces one, and changes no key', async () => {
    const first = await createKeyring([passphrase('old'), recovery(CODE)], deviceOptions(1));
    const [oldFile, codeFile] = first.files as [KeyringFile, KeyringFile];
    const changed = await changeSecret(
      first.files,
      { current: passphrase('old'), next: passphrase('new') },
      deviceOptions(2),
    );
    expect(changed.files).toHaveLength(1);
    expect(changed.replaced).toEqual([oldFile.id]);
    expect(idsOf(changed.keys)).toEqual(idsOf(first.keys));
    const after = [codeFile, ...changed.files];
    expect(idsOf((await openKeyring(after, passphrase('new'))).keys)).toEqual(idsOf(first.keys));
    expect(idsOf((await openKeyring(after, recovery(CODE))).keys)).toEqual(idsOf(first.keys));
    expect(await keyringRefusal(() => openKeyring(after, passphrase('old')))).toMatchObject({
      code: 'wrong-secret',
    });
    const { entries } = await inspectKeyring(changed.files);
    expect(entries[0]?.replaces).toEqual([oldFile.id]);
  });

  it('remembers all that was replaced before, so that nothing is put back', async () => {
    let { files } = await createKeyring([passphrase('0')], deviceOptions(1));
    const gone: string[] = [];
    for (let count = 1; count <= 3; count++) {
      gone.push(...files.map(({ id }) => id));
      ({ files } = await changeSecret(
        files,
        { current: passphrase(`${count - 1}`), next: passphrase(`${count}`) },
        deviceOptions(count + 1),
      ));
    }
    expect((await inspectKeyring(files)).entries[0]?.replaces).toEqual(gone.sort());
  });

  it('gives a new passphrase to who has only the code, and a new code to who has only the passphrase', async () => {
    const first = await createKeyring([passphrase('lost'), recovery(CODE)], deviceOptions(1));
    const [byPassphrase, byCode] = first.files as [KeyringFile, KeyringFile];
    const newPassphrase = await changeSecret(
      first.files,
      { current: recovery(CODE), next: passphrase('new') },
      deviceOptions(2),
    );
    expect(newPassphrase.replaced).toEqual([byPassphrase.id]);
    const newCode = await changeSecret(
      first.files,
      { current: passphrase('lost'), next: recovery(OTHER_CODE) },
      deviceOptions(3),
    );
    expect(newCode.replaced).toEqual([byCode.id]);
    const opened = await openKeyring(newCode.files, recovery(OTHER_CODE));
    expect(idsOf(opened.keys)).toEqual(idsOf(first.keys));
  });

  it('keeps a file with a key that it does not have, until both secrets are given', async () => {
    const a = await createKeyring([passphrase('of a')], deviceOptions(1));
    const b = await createKeyring([passphrase('of b')], deviceOptions(2));
    const files = [...a.files, ...b.files];
    const half = await changeSecret(
      files,
      { current: passphrase('of a'), next: passphrase('new') },
      deviceOptions(3),
    );
    expect(half.replaced).toEqual(a.files.map(({ id }) => id));
    const whole = await changeSecret(
      files,
      { current: [passphrase('of a'), passphrase('of b')], next: passphrase('new') },
      deviceOptions(4),
    );
    expect(whole.replaced).toEqual(files.map(({ id }) => id).sort());
    const opened = await openKeyring(whole.files, passphrase('new'));
    expect(idsOf(opened.keys).sort()).toEqual([...idsOf(a.keys), ...idsOf(b.keys)].sort());
  });

  it('writes nothing when a current secret is wrong', async () => {
    const { files } = await createKeyring([passphrase('old'), recovery(CODE)], deviceOptions(1));
    for (const current of [passphrase('wrong'), [recovery(CODE), passphrase('wrong')]])
      expect(
        await keyringRefusal(() =>
          changeSecret(files, { current, next: passphrase('new') }, deviceOptions(2)),
        ),
      ).toMatchObject({ code: 'wrong-secret' });
  });
});

describe('rotateVaultKey', () => {
  it('adds a key that writes everywhere, keeps the old ones readable, and gives nothing to the old secrets', async () => {
    const first = await createKeyring([passphrase('old'), recovery(CODE)], deviceOptions(1));
    const before = await sealedCodec({ keyring: new VaultKeyring(first.keys) }).encode(1, context);
    const rotated = await rotateVaultKey(
      first.files,
      { current: passphrase('old'), next: [passphrase('new'), recovery(OTHER_CODE)] },
      deviceOptions(2),
    );
    expect(rotated.replaced).toEqual(first.files.map(({ id }) => id).sort());
    expect(rotated.keys.map(({ generation }) => generation)).toEqual([1, 0]);
    const all = [...first.files, ...rotated.files];
    for (const secret of [passphrase('new'), recovery(OTHER_CODE)]) {
      const { keys } = await openKeyring(all, secret);
      expect(idsOf(keys)).toEqual(idsOf(rotated.keys));
      const codec = sealedCodec({ keyring: new VaultKeyring(keys) });
      expect(await codec.decode(before, context)).toBe(1);
    }
    const thief = await openKeyring(all, passphrase('old'));
    expect(idsOf(thief.keys)).toEqual(idsOf(first.keys));
    expect(thief.closed).toHaveLength(2);
    const after = await sealedCodec({ keyring: new VaultKeyring(rotated.keys) }).encode(2, context);
    const lagging = sealedCodec({ keyring: new VaultKeyring(thief.keys) });
    await expect(lagging.decode(after, context)).rejects.toMatchObject({ code: 'unknown-key' });
  });

  it('leaves the file of a secret that is not given anew', async () => {
    const first = await createKeyring([passphrase('old'), recovery(CODE)], deviceOptions(1));
    const [byPassphrase] = first.files as [KeyringFile, KeyringFile];
    const rotated = await rotateVaultKey(
      first.files,
      { current: passphrase('old'), next: [passphrase('new')] },
      deviceOptions(2),
    );
    expect(rotated.replaced).toEqual([byPassphrase.id]);
  });

  it('agrees on one writing key when two devices rotate at once', async () => {
    const first = await createKeyring([passphrase('p')], deviceOptions(1));
    const rotate = (seed: number) =>
      rotateVaultKey(
        first.files,
        { current: passphrase('p'), next: [passphrase('p')] },
        deviceOptions(seed),
      );
    const [a, b] = [await rotate(2), await rotate(3)];
    const opened = await openKeyring([...a.files, ...b.files], passphrase('p'));
    expect(opened.keys.map(({ generation }) => generation)).toEqual([1, 1, 0]);
    expect(opened.keys[0]?.id).toBe([a.keys[0]?.id, b.keys[0]?.id].sort()[0]);
  });
});

describe('hex', () => {
  it('is undone', () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, at) => at);
    expect(fromHex(toHex(bytes))).toEqual(bytes);
  });
});
