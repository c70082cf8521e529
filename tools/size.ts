/**
 * How much JavaScript an application loads before it starts: the built packages, bundled and minified by esbuild, then
 * gzip. Angular and RxJS are left out, as the application has them anyway. `npm run size` prints the figures and fails above
 * a limit; with `-- --why` it also names the files that weigh most.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build, type Metafile } from 'esbuild';
import { entryPoints } from './package-json.ts';

const workspace = join(import.meta.dirname, '..');

/** One figure: what these imports weigh, less what `beyond` weighs. */
interface SizeRow {
  readonly title: string;
  /** Imports of an application, as code. */
  readonly code: string;
  readonly beyond?: string;
  /** Most bytes before the start. */
  readonly limit: number;
  /** Most bytes with all that is loaded later, so that this does not grow unseen. */
  readonly totalLimit: number;
  /** What is loaded only when a person does something rare: told apart from the total, with a limit of its own. */
  readonly rare?: readonly RarePart[];
}

/** Code behind some dynamic imports. */
interface RarePart {
  readonly title: string;
  /** The files that are imported dynamically for it. */
  readonly entry: RegExp;
  /** Most bytes of what is loaded through them only. */
  readonly limit: number;
}

const ENGINE = `
  export { HybridClock, mergeContents, jsonCodec, gzipCodec } from '@chat-vault/core';
  export { openIdbChatStorage } from '@chat-vault/chat-storage/idb';
  export { ChatVaultEngine } from '@chat-vault/vault-engine';`;
const MEMORY = `export { memoryCloud } from '@chat-vault/cloud-storage/memory';`;
/** What the engine loads with its first sync; a driver that uses it loads it earlier, not again. */
const FORMAT = `export { parsePath } from '@chat-vault/core/format';`;
const WEBDAV = `export { webDavCloud } from '@chat-vault/cloud-storage/webdav';`;
const FACADE = `export { provideChatSync, ChatSyncService, injectConversation, withIdbStorage, withAutoSync } from '@chat-vault/chat-sync';`;
const APP = `${FACADE} export { withWebDav } from '@chat-vault/chat-sync';`;

const ENTITIES = `
  export { DataOrchestrator, EntityKeyNameStrategy, memoryStore } from '@chat-vault/entity-sync';
  export { idbStore } from '@chat-vault/entity-sync/idb';`;

const ROWS: readonly SizeRow[] = [
  {
    title: 'core, IndexedDB, engine, memory cloud',
    code: ENGINE + MEMORY,
    limit: 30_000,
    totalLimit: 64_000,
  },
  {
    title: 'app: facade, IndexedDB, WebDAV',
    code: APP,
    limit: 40_000,
    totalLimit: 89_500,
    rare: [
      {
        title: '  beyond it: moving, vaults as files',
        entry: /chat-sync-(move-vault|vault-file)-/,
        // Of it 36 KB are the library that reads and writes ZIP files.
        limit: 48_000,
      },
      {
        title: '  beyond it: encryption',
        entry: /chat-sync-encryption-life-/,
        // Of it 12 KB are Argon2id in WebAssembly.
        limit: 32_000,
      },
    ],
  },
  {
    title: 'driver: WebDAV',
    code: `${ENGINE}${MEMORY} export { webDavCloud } from '@chat-vault/cloud-storage/webdav';`,
    beyond: ENGINE + MEMORY,
    limit: 6_000,
    totalLimit: 6_000,
  },
  {
    title: 'diagnosis of WebDAV, beyond its driver',
    code: `${ENGINE}${MEMORY}${WEBDAV} export { diagnoseWebDav } from '@chat-vault/cloud-storage/webdav/diagnosis';`,
    beyond: ENGINE + MEMORY + WEBDAV,
    limit: 6_000,
    totalLimit: 6_000,
  },
  {
    title: 'driver: S3',
    code: `${ENGINE}${MEMORY}${FORMAT} export { s3Cloud } from '@chat-vault/cloud-storage/s3';`,
    beyond: ENGINE + MEMORY + FORMAT,
    limit: 6_000,
    // With the library that signs, which comes with the first request.
    totalLimit: 8_800,
  },
  {
    title: 'driver: Google Drive',
    code: `${ENGINE}${MEMORY} export { googleDriveCloud } from '@chat-vault/cloud-storage/google-drive';`,
    beyond: ENGINE + MEMORY,
    limit: 6_000,
    // With the sign-in by a person, and uploads of more than 5 MB.
    totalLimit: 8_000,
  },
  {
    title: 'driver: Dropbox',
    code: `${ENGINE}${MEMORY} export { dropboxCloud } from '@chat-vault/cloud-storage/dropbox';`,
    beyond: ENGINE + MEMORY,
    limit: 6_000,
    // With the sign-in, which applications that give tokens do not load.
    totalLimit: 9_500,
  },
  {
    title: 'driver: OneDrive',
    code: `${ENGINE}${MEMORY} export { oneDriveCloud } from '@chat-vault/cloud-storage/onedrive';`,
    beyond: ENGINE + MEMORY,
    limit: 6_000,
    totalLimit: 9_500,
  },
  {
    title: 'driver: ZIP files',
    code: `${ENGINE}${MEMORY}${FORMAT} export { exportZip, zipCloud } from '@chat-vault/cloud-storage/zip';`,
    beyond: ENGINE + MEMORY + FORMAT,
    // Nearly all of it is the library that knows ZIP, loaded when a person saves or opens such a file.
    limit: 40_500,
    totalLimit: 41_500,
  },
  {
    title: 'encryption',
    code: `${ENGINE}${MEMORY}${FORMAT} export { sealedCodec, VaultKeyring, createKeyring, openKeyring, changeSecret, rotateVaultKey } from '@chat-vault/core/sealed';`,
    beyond: ENGINE + MEMORY + FORMAT,
    limit: 6_000,
    // With Argon2id in WebAssembly, which is loaded for a passphrase.
    totalLimit: 18_000,
  },
  {
    title: 'moving a vault',
    code: `${ENGINE}${MEMORY}${FORMAT} export { migrateVault } from '@chat-vault/vault-engine/migrate';`,
    beyond: ENGINE + MEMORY + FORMAT,
    limit: 6_000,
    totalLimit: 6_000,
  },
  {
    title: 'entities: memory, IndexedDB',
    code: ENTITIES,
    limit: 17_500,
    totalLimit: 17_500,
  },
  {
    title: 'entities: clouds',
    code: `${ENTITIES} export { gzipCodec } from '@chat-vault/core'; export { cloudTier } from '@chat-vault/entity-sync/cloud';`,
    beyond: `${ENTITIES} export { gzipCodec } from '@chat-vault/core';`,
    limit: 10_500,
    totalLimit: 10_500,
  },
  {
    title: 'app: entities, beyond the facade',
    code: `${APP} export { withEntities, EntityRepositories } from '@chat-vault/chat-sync/entities';`,
    beyond: APP,
    limit: 2_500,
    // Nearly all of it is loaded after the first paint.
    totalLimit: 31_500,
  },
  {
    title: 'app: live sync, beyond the facade',
    code: `${APP} export { withLiveSync, LiveSyncService, Connectivity } from '@chat-vault/chat-sync/live';`,
    beyond: APP,
    limit: 3_500,
    // Nearly all of it is loaded when somebody is signed in.
    totalLimit: 26_000,
  },
  {
    title: 'protocol of live sync',
    code: `${ENGINE}${MEMORY} export { parseOperation, parseFlushAnswer, parsePullPage, parseLiveEvent, parseProblem, changesToContent } from '@chat-vault/live-sync/protocol';`,
    beyond: ENGINE + MEMORY,
    limit: 6_000,
    totalLimit: 6_000,
  },
  {
    title: 'driver: directory',
    code: `${ENGINE}${MEMORY} export { directoryCloud } from '@chat-vault/cloud-storage/directory';`,
    beyond: ENGINE + MEMORY,
    limit: 6_000,
    totalLimit: 6_000,
  },
];

/** Our packages as they are built, whoever imports them. */
function builtPackages(): Readonly<Record<string, string>> {
  const folders = [
    'core',
    'chat-storage',
    'cloud-storage',
    'vault-engine',
    'entity-sync',
    'live-sync',
    'chat-sync',
  ]
    .map((name) => join(workspace, 'dist/libs', name))
    .filter((folder) => existsSync(join(folder, 'package.json')));
  const entries = folders.flatMap((folder) =>
    entryPoints(folder).map(({ specifier, code }) => [specifier, join(folder, code)] as const),
  );
  // The longest names first: esbuild takes the first alias that is a prefix.
  return Object.fromEntries(entries.toSorted(([a], [b]) => b.length - a.length));
}

/** Bytes after minifying and gzip. */
interface Weight {
  /** What the page loads before it starts: the entry and what it imports statically. */
  readonly initial: number;
  /** With the chunks that are fetched when first needed, but for the rare ones. */
  readonly total: number;
  /** What each of the rare parts fetches beyond that. */
  readonly rare: readonly number[];
  /** Minified bytes of each source file in what is loaded before the start, the heaviest first. */
  readonly files: readonly (readonly [file: string, bytes: number])[];
}

async function weigh(
  code: string,
  alias: Readonly<Record<string, string>>,
  rare: readonly RegExp[] = [],
): Promise<Weight> {
  const { outputFiles, metafile } = await build({
    stdin: { contents: code, resolveDir: workspace },
    alias: { ...alias },
    bundle: true,
    minify: true,
    splitting: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    external: ['@angular/*', 'rxjs', 'rxjs/*', 'tslib', 'node:*'],
    absWorkingDir: workspace,
    outdir: 'out',
    write: false,
    metafile: true,
    legalComments: 'none',
    logLevel: 'error',
  });
  const gzipBytes = new Map(
    outputFiles.map(({ path, contents }) => [
      relative(workspace, path),
      gzipSync(contents, { level: 9 }).length,
    ]),
  );
  const sum = (paths: Iterable<string>) =>
    [...paths].reduce((bytes, path) => bytes + (gzipBytes.get(path) ?? 0), 0);
  const chunks = chunksOf(metafile, ({ kind }) => kind === 'import-statement');
  const chunksWith = (wanted: RegExp | null) =>
    chunksOf(metafile, ({ path }) => {
      const { entryPoint = '' } = metafile.outputs[path] ?? {};
      return wanted?.test(entryPoint) || !rare.some((entry) => entry.test(entryPoint));
    });
  const ordinary = sum(chunksWith(null));
  const files = [...chunks].flatMap((chunk) =>
    Object.entries(metafile.outputs[chunk]?.inputs ?? {}).map(
      ([file, { bytesInOutput }]) => [file, bytesInOutput] as const,
    ),
  );
  return {
    initial: sum(chunks),
    total: ordinary,
    rare: rare.map((entry) => sum(chunksWith(entry)) - ordinary),
    files: files.toSorted(([, a], [, b]) => b - a),
  };
}

type Import = Metafile['outputs'][string]['imports'][number];

/** The chunks that are loaded from the entry on, following some imports. */
function chunksOf(
  { outputs }: Metafile,
  isFollowed: (imported: Import) => boolean,
): ReadonlySet<string> {
  const found = new Set<string>();
  const visit = (path: string): void => {
    if (found.has(path)) return;
    found.add(path);
    for (const imported of outputs[path]?.imports ?? []) {
      if (!imported.external && isFollowed(imported)) visit(imported.path);
    }
  };
  const entry = Object.entries(outputs).find(([, { entryPoint }]) => entryPoint === '<stdin>');
  if (entry) visit(entry[0]);
  return found;
}

const kilobytes = (bytes: number): string => `${(bytes / 1000).toFixed(2)} KB`;

const NOTHING: Weight = { initial: 0, total: 0, rare: [], files: [] };
const FILES_SHOWN = 25;

const isAskedWhy = process.argv.includes('--why');
const alias = builtPackages();
let isOverLimit = false;
for (const { title, code, beyond, limit, totalLimit, rare = [] } of ROWS) {
  const base = beyond === undefined ? NOTHING : await weigh(beyond, alias);
  const weight = await weigh(
    code,
    alias,
    rare.map(({ entry }) => entry),
  );
  const initial = weight.initial - base.initial;
  const total = weight.total - base.total;
  const isFine = initial <= limit && total <= totalLimit;
  isOverLimit ||= !isFine;
  const atStart = `${kilobytes(initial)} of ${kilobytes(limit)}`;
  const inAll = total > initial ? `, in all ${kilobytes(total)} of ${kilobytes(totalLimit)}` : '';
  console.log(`${isFine ? '✓' : '✗'} ${title.padEnd(40)} ${atStart}${inAll}`);
  for (const [index, part] of rare.entries()) {
    const bytes = weight.rare[index] ?? 0;
    // Nothing found would mean that the files were renamed, and are counted above again.
    const isRareFine = bytes > 0 && bytes <= part.limit;
    isOverLimit ||= !isRareFine;
    const figure = `${kilobytes(bytes)} of ${kilobytes(part.limit)}`;
    console.log(`${isRareFine ? '✓' : '✗'} ${part.title.padEnd(40)} ${figure}`);
  }
  if (!isAskedWhy || beyond !== undefined) continue;
  for (const [file, bytes] of weight.files.slice(0, FILES_SHOWN)) {
    console.log(`    ${`${bytes}`.padStart(6)}  ${file}`);
  }
}
const { version } = JSON.parse(
  readFileSync(join(workspace, 'node_modules/esbuild/package.json'), 'utf8'),
) as { readonly version: string };
console.log(`(esbuild ${version}, gzip -9, without Angular and RxJS; 1 KB = 1000 bytes)`);
if (isOverLimit) process.exitCode = 1;
