import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { canonicalJson } from '../json/canonical-json.js';
import { MAX_KEYRING_BYTES, MAX_KEYS, MAX_REPLACED } from '../sealed/keyring-file.js';
import { MAX_TRIED_FILES, openKeyring } from '../sealed/open-keyring.js';
import { MAX_PASSPHRASE_LENGTH } from '../sealed/secret.js';
import vectors from '../sealed/vectors.json';
import * as limits from './limits.js';
import { catalogToJson, parseCatalog } from './parse-catalog.js';
import { manifestToJson, parseManifest } from './parse-manifest.js';
import { parseVault, vaultToJson } from './vault.js';

const page = readFileSync(new URL('../../../../docs/vault-format.md', import.meta.url), 'utf8');
const examples = [...page.matchAll(/```json\n(.*?)```/gs)].map(([, text = '']): unknown =>
  JSON.parse(text),
);

describe('docs/vault-format.md', () => {
  it('shows a chat vault, a manifest and a catalog that the parsers read and write alike', () => {
    const [vault, manifest, catalog] = examples;
    expect(examples).toHaveLength(4);
    const basePath = 'chat-vault';
    expect(canonicalJson(vaultToJson(parseVault(vault)))).toBe(canonicalJson(vault));
    expect(canonicalJson(manifestToJson(parseManifest(manifest, { basePath }), { basePath }))).toBe(
      canonicalJson(manifest),
    );
    expect(canonicalJson(catalogToJson(parseCatalog(catalog, { basePath }), { basePath }))).toBe(
      canonicalJson(catalog),
    );
  });

  it('shows a keyring file that opens', async () => {
    const keyring = examples[3] as { readonly id: string };
    const file = {
      id: keyring.id,
      bytes: new TextEncoder().encode(`${canonicalJson(keyring)}\n`),
    };
    const [vector] = vectors.keyrings;
    expect(new TextDecoder().decode(file.bytes)).toBe(vector?.file);
    const { keys } = await openKeyring([file], {
      kind: 'passphrase',
      passphrase: vector?.secret.passphrase ?? '',
    });
    expect(keys).toHaveLength(1);
  });

  it('names the limits that the code has', () => {
    const mebibytes = (bytes: number) => `${bytes / 1024 / 1024} MiB`;
    const counted = (count: number) => count.toLocaleString('en-US');
    const table = page.slice(page.indexOf('## Limits')).replace(/ +/g, ' ');
    for (const text of [
      mebibytes(limits.MAX_JSON_BYTES),
      mebibytes(limits.MAX_PAYLOAD_BYTES),
      counted(limits.MAX_VAULT_RECORDS),
      counted(limits.MAX_LIST_ENTRIES),
      counted(limits.MAX_PATH_LENGTH),
      `${limits.MAX_ID_LENGTH} UTF-16 units`,
      `| ${limits.MAX_TAGS} |`,
      `| keyring file | ${MAX_KEYRING_BYTES / 1024} KiB |`,
      `| vault keys in a keyring file | ${MAX_KEYS} |`,
      `| files that a keyring file replaces | ${MAX_REPLACED} |`,
      `| keyring files tried with one passphrase | ${MAX_TRIED_FILES.passphrase} |`,
      `| keyring files tried with one recovery code | ${MAX_TRIED_FILES.recovery} |`,
      `| passphrase | ${counted(MAX_PASSPHRASE_LENGTH)} UTF-16 units |`,
    ])
      expect(table).toContain(text);
    expect(page).toContain(counted(limits.MAX_GENERATION));
  });
});
