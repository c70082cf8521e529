import { type FormatError } from '@chat-vault/core';
import { type CloudError } from '@chat-vault/cloud-storage';
import { type ListedCatalog, type Listing } from '../cloud/listing.js';
import { isBadFile, isMissingFile, readCatalog } from '../cloud/vault-reader.js';
import { type Run } from '../run/run.js';
import { type KnownVault } from '../state/engine-state.js';

/** A listed file that could not be used. */
export interface UnreadableCatalog {
  readonly listed: ListedCatalog;
  readonly error: FormatError | CloudError;
}

/** Reads the listed ones of the current catalogs once more: this device knows what they say, and does not notice by itself that others cannot read one. */
export async function unreadableHeads(
  run: Run,
  listing: Listing,
  heads: KnownVault['heads'],
): Promise<readonly UnreadableCatalog[]> {
  const unreadable: UnreadableCatalog[] = [];
  for (const listed of listing.catalogs) {
    if (!Object.hasOwn(heads, listed.catalogId)) continue;
    try {
      await readCatalog(run, listed);
    } catch (error) {
      if (!isBadFile(error) && !isMissingFile(error)) throw error;
      unreadable.push({ listed, error });
    }
  }
  return unreadable;
}
