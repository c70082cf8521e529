import { CloudError } from '@chat-vault/cloud-storage';
import { FormatError, gzipCodec, jsonCodec } from '@chat-vault/core';
import { parseVault } from '@chat-vault/core/format';
import { EngineError } from '../reports/engine-error.js';
import { type ListedVault, pathIn, type VaultFile } from './listed-vault.js';
import { type VaultPlace } from './migration.js';
import { type Move } from './move.js';
import { VaultPromises } from './vault-promises.js';

/** Two histories must not become one. A vault that does not say whose it is, or that is sealed, is let through. @throws EngineError `foreign-vault` */
export async function refuseOtherAccount(
  move: Move,
  listed: { readonly source: ListedVault; readonly target: ListedVault },
): Promise<void> {
  if (listed.target.files.size === 0) return;
  const source = await accountOf(move, move.from, listed.source);
  if (source === undefined) return;
  const target = await accountOf(move, move.to, listed.target);
  if (target === undefined || target === source) return;
  throw new EngineError(
    'foreign-vault',
    `vault-engine: the target holds the vault of another account under "${move.to.basePath}"; nothing was written`,
    { details: { basePath: move.to.basePath } },
  );
}

/** Files that are tried before it is given up to find out. */
const TRIES = 3;

async function accountOf(
  move: Move,
  place: Required<VaultPlace>,
  { files }: ListedVault,
): Promise<string | undefined> {
  const ofKind = (kind: VaultFile['parsed']['kind']) =>
    [...files.values()]
      .filter(({ parsed }) => parsed.kind === kind)
      .sort((a, b) => (a.path < b.path ? 1 : -1))
      .slice(0, TRIES);
  for (const file of [...ofKind('catalog'), ...ofKind('delta')]) {
    const account = await readAccount(move, place, file);
    if (account !== undefined) return account;
  }
  return undefined;
}

async function readAccount(
  move: Move,
  place: Required<VaultPlace>,
  file: VaultFile,
): Promise<string | undefined> {
  try {
    const bytes = await place.cloud.read(pathIn(place, file.path), move.call);
    if (file.parsed.kind === 'catalog') {
      const promises = new VaultPromises(move.codec);
      await promises.learn(file, bytes);
      return promises.account;
    }
    const codec = [move.codec, gzipCodec(), jsonCodec()].find(
      (one) => one?.extension === file.parsed.extension,
    );
    return codec && parseVault(await codec.decode(bytes, { kind: 'delta' })).account;
  } catch (error) {
    // A file that does not decode or that went says nothing; the next one may.
    const isOfFile =
      error instanceof FormatError ||
      (error instanceof CloudError && ['not-found', 'invalid'].includes(error.code));
    if (isOfFile) return undefined;
    throw error;
  }
}
