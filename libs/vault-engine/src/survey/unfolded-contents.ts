import { type ChatVault } from '@chat-vault/core';
import { type CatalogJoin } from '@chat-vault/core/format';
import { type ListedDelta, type Listing } from '../cloud/listing.js';
import { isBadFile, isMissingFile, readDelta } from '../cloud/vault-reader.js';
import { inParallel } from '../run/in-parallel.js';
import { type Run } from '../run/run.js';
import { skip, warn } from '../run/tally.js';

/** The deltas that no catalog names as folded, read whole, and the paths of those that could not be. */
export interface UnfoldedContents {
  readonly deltas: readonly { readonly listed: ListedDelta; readonly vault: ChatVault }[];
  readonly damaged: readonly string[];
}

/** Reads every unfolded delta; bad and missing files are reported. */
export async function readUnfolded(
  run: Run,
  listing: Listing,
  join: CatalogJoin,
): Promise<UnfoldedContents> {
  const wanted = listing.deltas.filter((delta) => !Object.hasOwn(join.folded, delta.vaultId));
  const damaged: string[] = [];
  run.progress.expect(wanted.length);
  const read = await inParallel(wanted, run.options.maxInFlight, async (listed) => {
    try {
      return { listed, vault: await readDelta(run, listed) };
    } catch (error) {
      if (!isBadFile(error) && !isMissingFile(error)) throw error;
      damaged.push(listed.path);
      skip(run.tally, listed.path, error.code);
      warn(run.tally, { code: 'damaged-file', message: error.message, subject: listed.path });
      return null;
    }
  });
  return { deltas: read.filter((delta) => delta !== null), damaged };
}
