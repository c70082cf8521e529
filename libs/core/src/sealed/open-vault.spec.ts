import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { formatStamp } from '../clock/stamp.js';
import { gzipCodec } from '../codec/gzip-codec.js';
import { type Catalog } from '../format/catalog.js';
import { catalogToJson } from '../format/parse-catalog.js';
import { catalogPath, deltaPath, keyringPath } from '../format/paths.js';
import { sha256Hex } from '../format/sha256.js';
import { createVault, vaultToJson } from '../format/vault.js';
import { recordToJson } from '../model/record-json.js';
import { canonicalJson } from '../json/canonical-json.js';
import { type VaultContent } from '../model/records.js';
import { deviceOptions, passphrase, recovery } from '../testing/keyring-samples.js';
import { findPython, runPython } from '../testing/python.js';
import { CATALOG_ID, sampleCatalog } from '../testing/sample-catalog.js';
import { BASE_PATH, encodeRun, messagesOf, sampleMessage } from '../testing/sample-run.js';
import { countingRandom } from '../testing/sealed-samples.js';
import { sealedCodec } from './sealed-codec.js';
import { createRecoveryCode } from './secret.js';
import { VaultKeyring } from './vault-keyring.js';
import vectors from './vectors.json';
import { createKeyring, rotateVaultKey } from './write-keyring.js';

const TOOL = fileURLToPath(new URL('../../../../tools/open-vault.py', import.meta.url));
const PACKAGES = 'python3-cryptography, python3-argon2';
const python = findPython(['cryptography', 'argon2']);

const SECRET = passphrase('Ångström ﬁ ①');
const CODE = createRecoveryCode({ random: countingRandom(9) });
const DELTA_ID = '018d5f3a-0000-7000-8000-00000000dddd';
const NEW_DELTA_ID = '018d5f3a-0000-7000-8000-00000000d002';
const OLD_CATALOG_ID = '018d5f3a-0000-7000-8000-00000000eee1';

const place = ({ conversationUrn, sentTimestamp, id }: ReturnType<typeof sampleMessage>) => ({
  conversationUrn,
  sentTimestamp,
  messageId: id,
});
const at = '2024-02-01T00:00:00.000Z';
const stampOf = (day: number) => formatStamp(Date.UTC(2024, 1, day), 0, '00000000000000bb');
const edited = {
  ...sampleMessage(2),
  payloadBytes: new TextEncoder().encode('edited: ü 😀'),
  stamp: stampOf(1),
};
const binary = { ...sampleMessage(9, 'urn:ü'), payloadBytes: Uint8Array.of(0xff, 0, 0xfe) };
/** Deletes m0001, edits m0002, clears urn:b up to m0005, adds a message to urn:ü. */
const changes: VaultContent = {
  messages: [edited, binary],
  tombstones: [{ ...place(sampleMessage(1)), deletedAt: at, stamp: stampOf(1) }],
  reactions: [],
  cleared: [
    {
      conversationUrn: 'urn:b',
      upTo: sampleMessage(5).sentTimestamp,
      deletedAt: at,
      stamp: stampOf(1),
    },
  ],
};
const left = [edited, sampleMessage(3), sampleMessage(6, 'urn:b'), binary];

/** A vault as two devices leave it behind: a sealed run, catalogs, a folded and a new delta, and a key that was rotated. */
async function writeVault(root: string): Promise<void> {
  const write = async (path: string, bytes: Uint8Array) => {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), bytes);
  };
  const first = await createKeyring([SECRET, recovery(CODE)], deviceOptions(1, '0123456789abcdef'));
  const ring = new VaultKeyring(first.keys);
  const codec = sealedCodec({ keyring: ring });
  const files = await encodeRun(
    [
      { content: messagesOf(sampleMessage(1), sampleMessage(2), sampleMessage(3)) },
      { content: messagesOf(sampleMessage(5, 'urn:b'), sampleMessage(6, 'urn:b')) },
    ],
    { codec },
  );
  for (const file of files) {
    await write(file.path, file.bytes);
    await write(file.manifestPath, file.manifestBytes);
  }
  const writeCatalog = async (catalog: Catalog) => {
    const json = catalogToJson(catalog, { basePath: BASE_PATH });
    const path = catalogPath(BASE_PATH, { ...catalog, extension: codec.extension });
    await write(path, await codec.encode(json, { kind: 'catalog' }));
  };
  const writeDelta = async (vaultId: string, content: VaultContent) => {
    const vault = createVault({ vaultId, content });
    const bytes = await codec.encode(vaultToJson(vault), { kind: 'delta' });
    const digest = (await sha256Hex(bytes)).slice(0, 16);
    const delta = { at: Date.UTC(2024, 1, 1), vaultId, digest, extension: codec.extension };
    await write(deltaPath(BASE_PATH, delta), bytes);
  };
  await writeDelta(DELTA_ID, messagesOf(sampleMessage(7), sampleMessage(8)));
  const catalog: Catalog = { ...sampleCatalog(files), carried: [], cleared: [], skipped: [] };
  await writeCatalog({
    ...catalog,
    catalogId: OLD_CATALOG_ID,
    generation: 11,
    folded: {},
    parents: [],
  });
  const rotated = await rotateVaultKey(
    first.files,
    { current: SECRET, next: [SECRET, recovery(CODE)] },
    deviceOptions(2, '0123456789abcdef'),
  );
  ring.add(rotated.keys);
  await writeCatalog({ ...catalog, catalogId: CATALOG_ID, parents: [OLD_CATALOG_ID] });
  await writeDelta(NEW_DELTA_ID, changes);
  for (const { id, bytes } of rotated.files) await write(keyringPath(BASE_PATH, id), bytes);
}

/** A keyring file of which something is another one, with the digest of that. */
async function signedAgain(
  file: string,
  change: (json: Readonly<Record<string, unknown>>) => Readonly<Record<string, unknown>>,
): Promise<string> {
  const { digest: _digest, ...json } = JSON.parse(file) as Readonly<Record<string, unknown>>;
  const changed = change(json);
  const digest = await sha256Hex(new TextEncoder().encode(canonicalJson(changed)));
  return `${canonicalJson({ ...changed, digest })}\n`;
}

if (python === undefined) {
  it(`tools/open-vault.py was not tested: install ${PACKAGES}`, () => {
    expect(findPython(['cryptography', 'argon2'])).toBeUndefined();
  });
} else {
  describe('tools/open-vault.py', () => {
    let root: string;
    beforeAll(async () => {
      root = await mkdtemp(join(tmpdir(), 'chat-vault-open-'));
      await writeVault(root);
    });
    afterAll(() => rm(root, { recursive: true }));

    const open = (words: readonly string[], input: string) =>
      runPython(python, [TOOL, join(root, BASE_PATH), ...words], input);

    it.each([
      ['the passphrase', [], 'A\u030angstro\u0308m fi 1'],
      ['the recovery code', ['--recovery'], CODE.toLowerCase().replaceAll('-', ' ')],
    ])('opens with %s what this library wrote', (_, words, secret) => {
      const { status, stdout, stderr } = open([...words, '--json'], `${secret}\n`);
      expect(stderr).toBe('');
      expect(status).toBe(0);
      const messages = stdout
        .trimEnd()
        .split('\n')
        .map((line): unknown => JSON.parse(line));
      expect(messages).toEqual(left.map(recordToJson));
    });

    it('prints the messages for a person', () => {
      const { stdout } = open([], SECRET.kind === 'passphrase' ? SECRET.passphrase : '');
      expect(stdout).toContain('urn:a  s2: edited: ü 😀\n');
      expect(stdout).not.toContain('message 1\n');
    });

    it('opens nothing with another secret', () => {
      const mistyped = CODE.replace(/^./, (first) => (first === '7' ? '8' : '7'));
      expect(open([], 'wrong\n')).toMatchObject({ status: 1, stdout: '' });
      expect(open(['--recovery'], `${mistyped}\n`)).toMatchObject({
        status: 1,
        stdout: '',
        stderr: 'group 1 of the recovery code is mistyped\n',
      });
    });

    it('leaves out what was altered, and what was planted without encryption', async () => {
      const copy = await mkdtemp(join(tmpdir(), 'chat-vault-altered-'));
      await cp(root, copy, { recursive: true });
      const base = join(copy, BASE_PATH);
      const name = (await readdir(join(base, '2024'))).find((one) => one.includes('_vault_')) ?? '';
      const path = join(base, '2024', name);
      const bytes = await readFile(path);
      bytes[bytes.length - 1] = (bytes[bytes.length - 1] ?? 0) ^ 1;
      await writeFile(path, bytes);
      const planted = createVault({
        vaultId: '018d5f3a-0000-7000-8000-00000000d003',
        content: messagesOf(sampleMessage(20)),
      });
      const plain = await gzipCodec().encode(vaultToJson(planted), { kind: 'delta' });
      const digest = (await sha256Hex(plain)).slice(0, 16);
      const delta = { at: 0, vaultId: planted.vaultId, digest, extension: 'json.gz' };
      await writeFile(join(copy, deltaPath(BASE_PATH, delta)), plain);
      const { stdout, stderr } = runPython(python, [TOOL, base, '--recovery'], CODE);
      await rm(copy, { recursive: true });
      expect(stderr).toContain(`${name}: left out, not what was promised`);
      expect(stderr).toContain('.json.gz: left out, not encrypted');
      expect(stdout).not.toContain('message 20');
      expect(stdout).not.toContain('message 6');
      expect(stdout).toContain('message 3');
      expect(stdout).toContain('edited: ü 😀');
    });

    it('goes on with the other files where one of the keyring was cut, altered or planted', async () => {
      const copy = await mkdtemp(join(tmpdir(), 'chat-vault-planted-'));
      await cp(root, copy, { recursive: true });
      const folder = join(copy, BASE_PATH, 'keyring');
      const kept = await Promise.all(
        (await readdir(folder)).map((name) => readFile(join(folder, name), 'utf8')),
      );
      const [file = ''] = kept.filter((one) => one.includes('"recovery"'));
      for (const [name, planted] of Object.entries({
        'cut.json': file.slice(9),
        'no-object.json': '[]',
        'altered.json': await signedAgain(file, (json) => ({
          ...json,
          wrapped: String(json['wrapped']).replace(/^./, (one) => (one === 'A' ? 'B' : 'A')),
        })),
        'no-fields.json': await signedAgain('{"digest":""}', (json) => json),
      }))
        await writeFile(join(folder, `0-${name}`), planted);
      const args = [TOOL, join(copy, BASE_PATH), '--recovery'];
      const { status, stdout, stderr } = runPython(python, args, CODE);
      await rm(copy, { recursive: true });
      expect(status).toBe(0);
      expect(stderr).not.toContain('Traceback');
      expect(stderr.match(/: left out/g)).toHaveLength(4);
      expect(stdout).toContain('edited: ü 😀');
    });

    it('agrees with the vectors', () => {
      const program = `
import json, pathlib, runpy, sys, tempfile
tool = runpy.run_path(sys.argv[1])
vectors = json.load(sys.stdin)
for vector in vectors['vaultKeys']:
    assert tool['hkdf'](bytes.fromhex(vector['key']), None, 'chat-vault/1/key-id', 16).hex() == vector['id']
for vector in vectors['recoveryCodes']:
    assert tool['recovery_bytes'](vector['code']).hex() == vector['secret']
for vector in vectors['envelopes']:
    key = bytes.fromhex(vector['vaultKey'])
    keys = {tool['hkdf'](key, None, 'chat-vault/1/key-id', 16): key}
    opened = tool['open_envelope'](keys, bytes.fromhex(vector['envelope']), vector['kind'], vector.get('partition', ''))
    assert opened == json.loads(vector['json'])
for vector in vectors['keyrings']:
    folder = pathlib.Path(tempfile.mkdtemp())
    (folder / 'keyring').mkdir()
    (folder / 'keyring' / 'file.json').write_bytes(vector['file'].encode())
    secret = vector['secret']
    raw = tool['recovery_bytes'](secret['code']) if secret['kind'] == 'recovery' else \\
        tool['unicodedata'].normalize('NFKC', secret['passphrase']).encode()
    keys = tool['open_keyring'](folder, secret['kind'], raw)
    assert sorted(key.hex() for key in keys.values()) == sorted(key['key'] for key in vector['keys'])
print('all hold')
`;
      const { stdout, stderr } = runPython(python, ['-c', program, TOOL], JSON.stringify(vectors));
      expect(stderr).toBe('');
      expect(stdout).toBe('all hold\n');
    });
  });
}
