import { CloudError } from '@chat-vault/cloud-storage';
import {
  type ChatVault,
  type CodecContext,
  FormatError,
  gzipCodec,
  jsonCodec,
  type VaultCodec,
} from '@chat-vault/core';
import {
  type Catalog,
  type CatalogVault,
  FORMAT_VERSION,
  type Manifest,
  parseCatalog,
  parseManifest,
  parsePath,
  parseVault,
  sha256Hex,
} from '@chat-vault/core/format';
import { type Run } from '../run/run.js';
import { isLockedError } from '../sealing/encryption.js';
import { isSealedPath } from '../sealing/gate.js';
import { type EngineDocuments, loadState } from '../state/engine-state.js';
import { ALLOWED_BYTES, MAX_FILE_BYTES } from './file-limit.js';
import { type ListedCatalog, type ListedDelta } from './listing.js';

/** Reads a delta and checks it against its name; of one whose listed size is beyond all limits nothing is read. @throws FormatError, CloudError */
export async function readDelta(
  run: Run,
  delta: Pick<ListedDelta, 'path' | 'vaultId'> & Partial<Pick<ListedDelta, 'size'>>,
): Promise<ChatVault> {
  refuseTooLarge(delta);
  const bytes = await run.cloud.read(delta.path);
  return decodeDelta(run, delta, bytes);
}

/** Decodes the bytes of a delta that lay in the cloud and checks them against its name; a plain one must be one that may be used. @throws FormatError */
async function decodeDelta(
  run: Run,
  delta: Pick<ListedDelta, 'path' | 'vaultId'>,
  bytes: Uint8Array,
): Promise<ChatVault> {
  if (run.gate.isClosed && !isSealedPath(delta.path)) {
    const promised = run.gate.digestOf(delta.path);
    if (promised === undefined) throw unsealed(delta.path);
    if ((await sha256Hex(bytes)) !== promised)
      throw new FormatError('digest-mismatch', `vault-engine: "${delta.path}" was altered`);
  }
  return decodeOwnDelta(run, delta, bytes);
}

/** Decodes the bytes of a delta that this device kept, and checks them against its name. @throws FormatError */
export async function decodeOwnDelta(
  run: Run,
  delta: Pick<ListedDelta, 'path' | 'vaultId'>,
  bytes: Uint8Array,
): Promise<ChatVault> {
  const parsed = parsePath(run.basePath, delta.path);
  const digest = await sha256Hex(bytes);
  if (parsed?.kind !== 'delta' || !digest.startsWith(parsed.digest))
    throw new FormatError(
      'digest-mismatch',
      `vault-engine: "${delta.path}" is not what its name promises`,
    );
  const vault = parseVault(await decode(run, delta.path, bytes, { kind: 'delta' }));
  if (vault.vaultId !== delta.vaultId)
    throw new FormatError('malformed', `vault-engine: "${delta.path}" holds another vault id`);
  checkAccount(run, delta.path, vault.account);
  return vault;
}

/** Reads a catalog likewise. @throws FormatError, CloudError */
export async function readCatalog(run: Run, listed: ListedCatalog): Promise<Catalog> {
  refuseTooLarge(listed);
  const isSealed = isSealedPath(listed.path);
  if (run.gate.isClosed && !isSealed) throw unsealed(listed.path);
  const bytes = await run.cloud.read(listed.path);
  const { plain, ...catalog } = parseCatalog(
    await decode(run, listed.path, bytes, { kind: 'catalog' }),
    {
      basePath: run.basePath,
    },
  );
  if (catalog.catalogId !== listed.catalogId || catalog.generation !== listed.generation)
    throw new FormatError('malformed', `vault-engine: "${listed.path}" holds another catalog`);
  checkAccount(run, listed.path, catalog.account);
  // Anybody could have written a plain one, so it cannot say which plain deltas count.
  return isSealed && plain ? { ...catalog, plain } : catalog;
}

const unsealed = (path: string): FormatError =>
  new FormatError('unsealed', `vault-engine: "${path}" is not encrypted, and this vault is`);

/** The manifest of a live vault, from this device when it was read before. @throws FormatError, CloudError */
export async function readManifest(run: Run, vault: CatalogVault): Promise<Manifest> {
  return (await knownManifest(run, vault)) ?? fetchManifest(run, vault);
}

/** The manifest of a live vault as it was when this device read it. */
export async function knownManifest(run: Run, vault: CatalogVault): Promise<Manifest | undefined> {
  const known = await run.storage.document(run.provider, manifestDocument(vault.vaultId));
  return known as Manifest | undefined; // written below, after parsing
}

/** The manifest of a live vault as the cloud has it. @throws FormatError, CloudError */
export async function fetchManifest(run: Run, vault: CatalogVault): Promise<Manifest> {
  const bytes = await readManifestBytes(run, vault.manifestPath);
  refuseTooLarge({ path: vault.manifestPath, size: bytes.length });
  if ((await sha256Hex(bytes)) !== vault.manifestSha256)
    throw new FormatError('digest-mismatch', `vault-engine: "${vault.manifestPath}" was altered`);
  const manifest = await decodeManifest(run, vault.manifestPath, bytes);
  if (manifest.vaultId !== vault.vaultId || manifest.sha256 !== vault.sha256)
    throw new FormatError('malformed', `vault-engine: "${vault.manifestPath}" is of another vault`);
  await run.storage.updateSyncState(run.provider, {
    documents: {
      [manifestDocument(vault.vaultId)]: manifest,
      ...(manifest.minCompactor > FORMAT_VERSION ? await newerWith(run, vault.vaultId) : {}),
    },
  });
  return manifest;
}

async function newerWith(run: Run, vaultId: string): Promise<Pick<EngineDocuments, 'newer'>> {
  const { newer } = await loadState(run.storage, run.provider);
  return { newer: [...new Set([...newer, vaultId])] };
}

/** The bytes of a manifest, up to one beyond all limits: such a one is refused by its digest and by each decoder. @throws CloudError */
export const readManifestBytes = (run: Run, path: string): Promise<Uint8Array> =>
  run.cloud.read(path, { range: ALLOWED_BYTES });

/** The same; `undefined` when it is not there. @throws CloudError */
export async function readManifestIfThere(run: Run, path: string): Promise<Uint8Array | undefined> {
  try {
    return await readManifestBytes(run, path);
  } catch (error) {
    if (isMissingFile(error)) return undefined;
    throw error;
  }
}

/** Decodes the bytes of a manifest. @throws FormatError */
export async function decodeManifest(run: Run, path: string, bytes: Uint8Array): Promise<Manifest> {
  return parseManifest(await decode(run, path, bytes, { kind: 'manifest' }), {
    basePath: run.basePath,
  });
}

/** Decodes one segment, already checked against its digest. @throws FormatError */
export async function decodeSegment(
  run: Run,
  vault: { readonly path: string; readonly partition: string },
  bytes: Uint8Array,
): Promise<ChatVault> {
  const context = { kind: 'segment', partition: vault.partition } as const;
  return parseVault(await decode(run, vault.path, bytes, context), { partition: vault.partition });
}

/** Where a manifest is kept on this device. */
export const manifestDocument = (vaultId: string): string => `file:manifest:${vaultId}`;

/** Whether the error means that this file is bad, not that the cloud could not be reached. */
export function isBadFile(error: unknown): error is FormatError {
  return error instanceof FormatError && !isLockedError(error);
}

/** Whether the error means that the file is not there. */
export function isMissingFile(error: unknown): error is CloudError {
  return error instanceof CloudError && error.code === 'not-found';
}

async function decode(
  run: Run,
  path: string,
  bytes: Uint8Array,
  context: CodecContext,
): Promise<unknown> {
  return codecFor(run, path).decode(bytes, context);
}

/** Files say in their name how they are encoded; a vault may hold several kinds while it migrates. */
function codecFor(run: Run, path: string): VaultCodec {
  const extension = parsePath(run.basePath, path)?.extension;
  const codec = [run.codec, ...run.opens].find((one) => one.extension === extension);
  if (codec !== undefined) return codec;
  if (extension === 'json.gz') return gzipCodec();
  if (extension === 'json') return jsonCodec();
  if (extension === undefined)
    throw new FormatError('malformed', `vault-engine: "${path}" has no name of this format`);
  throw new FormatError(
    'locked',
    `vault-engine: "${path}" is encrypted and this device has no key`,
  );
}

function refuseTooLarge({
  path,
  size = 0,
}: {
  readonly path: string;
  readonly size?: number;
}): void {
  if (size > MAX_FILE_BYTES)
    throw new FormatError('too-large', `vault-engine: "${path}" has ${size} bytes`);
}

function checkAccount(run: Run, path: string, account: string | undefined): void {
  if (account !== undefined && run.account !== undefined && account !== run.account)
    throw new FormatError('foreign-vault', `vault-engine: "${path}" belongs to another account`);
}
