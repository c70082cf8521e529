/** What a path under the base folder says (docs/vault-format.md, "Files"). */
export type VaultPath =
  | {
      readonly kind: 'delta';
      readonly utc: string;
      readonly vaultId: string;
      readonly digest: string;
      readonly extension: string;
    }
  | {
      readonly kind: 'vault' | 'manifest';
      readonly year: string;
      readonly partition: string;
      readonly vaultId: string;
      readonly extension: string;
    }
  | {
      readonly kind: 'catalog';
      readonly generation: number;
      readonly catalogId: string;
      readonly extension: string;
    }
  | { readonly kind: 'keyring'; readonly id: string; readonly extension: 'json' };

const UUID = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}';
const EXTENSION = '(json|json\\.gz|json\\.gz\\.enc)';
const DELTA = new RegExp(`^deltas/(\\d{8}T\\d{9}Z)_(${UUID})_([0-9a-f]{16})\\.${EXTENSION}$`);
const MONTH = new RegExp(
  `^(\\d{4})/chat_(vault|manifest)_(\\d{4})_(0[1-9]|1[0-2])_(${UUID})\\.${EXTENSION}$`,
);
const CATALOG = new RegExp(`^catalogs/(\\d{8})_(${UUID})\\.${EXTENSION}$`);
const KEYRING = new RegExp(`^keyring/(${UUID})\\.json$`);

/** Reads a path; `null` when it is not of this format, so the file is foreign: counted, never touched. */
export function parsePath(basePath: string, path: string): VaultPath | null {
  if (!path.startsWith(`${basePath}/`)) return null;
  const name = path.slice(basePath.length + 1);
  return parseDelta(name) ?? parseMonthFile(name) ?? parseCatalogPath(name) ?? parseKeyring(name);
}

/** `at` is Unix milliseconds, informative only; `digest` the first 16 hex digits of the file's SHA-256. */
export function deltaPath(
  basePath: string,
  delta: {
    readonly at: number;
    readonly vaultId: string;
    readonly digest: string;
    readonly extension: string;
  },
): string {
  const utc = new Date(clampToFourDigitYears(delta.at)).toISOString().replace(/[-:.]/g, '');
  return `${deltasFolder(basePath)}/${utc}_${delta.vaultId}_${delta.digest}.${delta.extension}`;
}

/** Where the segments of a month are. */
export const vaultPath = (basePath: string, file: MonthFile): string =>
  monthPath(basePath, 'vault', file);

/** Where the index of a vault file is. */
export const manifestPath = (basePath: string, file: MonthFile): string =>
  monthPath(basePath, 'manifest', file);

/** Where a commit point is. */
export function catalogPath(
  basePath: string,
  catalog: { readonly generation: number; readonly catalogId: string; readonly extension: string },
): string {
  const generation = String(catalog.generation).padStart(8, '0');
  return `${catalogsFolder(basePath)}/${generation}_${catalog.catalogId}.${catalog.extension}`;
}

/** The folder of deltas. */
export const deltasFolder = (basePath: string): string => `${basePath}/deltas`;

/** The folder of catalogs. */
export const catalogsFolder = (basePath: string): string => `${basePath}/catalogs`;

/** The folder of a year's months, `2024`. */
export const yearFolder = (basePath: string, year: string): string => `${basePath}/${year}`;

/** What names a month file. */
export interface MonthFile {
  readonly partition: string;
  readonly vaultId: string;
  readonly extension: string;
}

function monthPath(basePath: string, kind: 'vault' | 'manifest', file: MonthFile): string {
  const [year, month] = file.partition.split('-');
  return `${basePath}/${year}/chat_${kind}_${year}_${month}_${file.vaultId}.${file.extension}`;
}

function parseDelta(name: string): VaultPath | null {
  const match = DELTA.exec(name);
  if (match === null) return null;
  const [, utc = '', vaultId = '', digest = '', extension = ''] = match;
  return { kind: 'delta', utc, vaultId, digest, extension };
}

function parseMonthFile(name: string): VaultPath | null {
  const match = MONTH.exec(name);
  if (match === null) return null;
  const [, folder = '', kind, year = '', month = '', vaultId = '', extension = ''] = match;
  if (folder !== year) return null;
  return {
    kind: kind === 'vault' ? 'vault' : 'manifest',
    year,
    partition: `${year}-${month}`,
    vaultId,
    extension,
  };
}

function parseCatalogPath(name: string): VaultPath | null {
  const match = CATALOG.exec(name);
  if (match === null) return null;
  const [, generation = '', catalogId = '', extension = ''] = match;
  return { kind: 'catalog', generation: Number(generation), catalogId, extension };
}

function parseKeyring(name: string): VaultPath | null {
  const match = KEYRING.exec(name);
  return match === null ? null : { kind: 'keyring', id: match[1] ?? '', extension: 'json' };
}

/** A clock may be anywhere; the name must still fit the grammar. */
const clampToFourDigitYears = (ms: number): number =>
  Math.min(Math.max(ms, 0), Date.UTC(9999, 11, 31));
