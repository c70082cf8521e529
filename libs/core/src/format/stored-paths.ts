import { type JsonObject, malformed, ownField, readPath } from '../json/read-json.js';
import { fullPath, parsePath, relativePath, type VaultPath } from './paths.js';

/**
 * Manifests and catalogs hold paths relative to the base folder, so that the folder can be moved; in memory paths are whole. Without
 * a base folder paths stay as they are.
 */
export interface StoredPathOptions {
  /** The folder of the account, for example `chat-vault`. */
  readonly basePath?: string;
}

/** The path as it is stored. @throws FormatError `malformed` for one outside the base folder */
export function storedPath(path: string, options?: StoredPathOptions): string {
  if (options?.basePath === undefined) return path;
  const name = relativePath(options.basePath, path);
  if (name === null) throw malformed('path', `a path under "${options.basePath}"`);
  return name;
}

/** What the grammar must say of a path that is read. */
export interface ExpectedPath {
  readonly kind: 'vault' | 'manifest' | 'delta';
  readonly vaultId: string;
  /** The month of a vault or manifest. */
  readonly partition?: string;
}

/** A stored path, whole, of the file that the rest of the entry speaks of. @throws FormatError `malformed` */
export function readStoredPath(
  object: JsonObject,
  field: string,
  expected: ExpectedPath,
  options?: StoredPathOptions,
): string {
  const path = readPath(ownField(object, field), field);
  const isRelative = options?.basePath !== undefined;
  const parsed = parsePath('', isRelative ? path : lastTwoParts(path));
  if (parsed === null || !isExpected(parsed, expected))
    throw malformed(field, `the path of the ${expected.kind} ${expected.vaultId}`);
  return isRelative ? fullPath(options.basePath, path) : path;
}

/** A stored path, whole, of any delta. @throws FormatError `malformed` */
export function readStoredDelta(
  object: JsonObject,
  field: string,
  options?: StoredPathOptions,
): { readonly path: string; readonly parsed: Extract<VaultPath, { readonly kind: 'delta' }> } {
  const path = readPath(ownField(object, field), field);
  const isRelative = options?.basePath !== undefined;
  const parsed = parsePath('', isRelative ? path : lastTwoParts(path));
  if (parsed?.kind !== 'delta') throw malformed(field, 'the path of a delta');
  return { path: isRelative ? fullPath(options.basePath, path) : path, parsed };
}

const lastTwoParts = (path: string): string => path.split('/').slice(-2).join('/');

function isExpected(parsed: VaultPath, expected: ExpectedPath): boolean {
  if (parsed.kind === 'catalog' || parsed.kind === 'keyring') return false;
  const partition = parsed.kind === 'delta' ? undefined : parsed.partition;
  return (
    parsed.kind === expected.kind &&
    parsed.vaultId === expected.vaultId &&
    partition === expected.partition
  );
}
