import { FormatError } from '../errors/format-error.js';
import { MAX_GENERATION } from './limits.js';

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

/** Whether files of that extension are sealed. */
export const isSealedExtension = (extension: string): boolean => extension.endsWith('.enc');

/** Reads a path; `null` when it is not of this format, so the file is foreign: counted, never touched. */
export function parsePath(basePath: string, path: string): VaultPath | null {
  const name = relativePath(basePath, path);
  if (name === null) return null;
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
  const utc = new Date(toFourDigitYears(delta.at)).toISOString().replace(/[-:.]/g, '');
  return `${deltasFolder(basePath)}/${utc}_${delta.vaultId}_${delta.digest}.${delta.extension}`;
}

/** Where the segments of a month are. */
export const vaultPath = (basePath: string, file: MonthFile): string =>
  monthPath(basePath, 'vault', file);

/** Where the index of a vault file is. */
export const manifestPath = (basePath: string, file: MonthFile): string =>
  monthPath(basePath, 'manifest', file);

/** Where a commit point is. @throws FormatError `too-large` for a generation of more than 8 digits */
export function catalogPath(
  basePath: string,
  catalog: { readonly generation: number; readonly catalogId: string; readonly extension: string },
): string {
  if (catalog.generation > MAX_GENERATION)
    throw new FormatError('too-large', `core: generation ${catalog.generation} of a catalog`);
  const generation = String(catalog.generation).padStart(8, '0');
  return `${catalogsFolder(basePath)}/${generation}_${catalog.catalogId}.${catalog.extension}`;
}

/** The folder of deltas. */
export const deltasFolder = (basePath: string): string => fullPath(basePath, 'deltas');

/** The folder of catalogs. */
export const catalogsFolder = (basePath: string): string => fullPath(basePath, 'catalogs');

/** Where the vault keys are, wrapped for one secret. */
export const keyringPath = (basePath: string, id: string): string =>
  `${keyringFolder(basePath)}/${id}.json`;

/** The folder of wrapped vault keys. */
export const keyringFolder = (basePath: string): string => fullPath(basePath, 'keyring');

/** The folder of a year's months, `2024`. */
export const yearFolder = (basePath: string, year: string): string => fullPath(basePath, year);

/** The path of a name under the base folder; an empty base is the root. */
export const fullPath = (basePath: string, name: string): string =>
  basePath === '' ? name : `${basePath}/${name}`;

/** The name under the base folder, as manifests and catalogs hold it; `null` when the path lies elsewhere. */
export function relativePath(basePath: string, path: string): string | null {
  if (basePath === '') return path;
  return path.startsWith(`${basePath}/`) ? path.slice(basePath.length + 1) : null;
}

/** What names a month file. */
export interface MonthFile {
  readonly partition: string;
  readonly vaultId: string;
  readonly extension: string;
}

function monthPath(basePath: string, kind: 'vault' | 'manifest', file: MonthFile): string {
  const [year, month] = file.partition.split('-');
  const name = `chat_${kind}_${year}_${month}_${file.vaultId}.${file.extension}`;
  return fullPath(basePath, `${year}/${name}`);
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

/** A clock may show anything; the name must still fit the grammar. */
function toFourDigitYears(ms: number): number {
  return Number.isNaN(ms) ? 0 : Math.min(Math.max(ms, 0), Date.UTC(9999, 11, 31));
}
