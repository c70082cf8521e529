import {
  type Coverage,
  type CoverageChange,
  type CoverageEntry,
  TOP_POSITION,
} from '../port/coverage.js';
import { type AnyTransaction, type WriteTransaction } from './schema.js';

/** The exact entry; nothing covered when there is none. */
export const readCoverage = async (
  transaction: AnyTransaction,
  provider: string,
  partition: string,
  conversationUrn: string,
): Promise<Coverage> =>
  (await transaction.objectStore('coverage').get([provider, partition, conversationUrn])) ?? {
    line: TOP_POSITION,
    vaults: [],
  };

/** All entries of a provider, of one month when given. */
export async function readCoverageEntries(
  transaction: AnyTransaction,
  provider: string,
  partition?: string,
): Promise<readonly CoverageEntry[]> {
  const start = partition === undefined ? [provider] : [provider, partition];
  const range = IDBKeyRange.bound(start, [...start, []]);
  const store = transaction.objectStore('coverage');
  const [keys, values] = await Promise.all([store.getAllKeys(range), store.getAll(range)]);
  return values.map((coverage, index) => {
    const [, month, conversationUrn] = keys[index] as (typeof keys)[number];
    return { ...coverage, partition: month, conversationUrn };
  });
}

/** Sets or forgets entries. */
export async function writeCoverage(
  transaction: WriteTransaction,
  provider: string,
  changes: readonly CoverageChange[],
): Promise<void> {
  const store = transaction.objectStore('coverage');
  await Promise.all(
    changes.map(async ({ partition, conversationUrn, coverage }): Promise<unknown> => {
      const key: [string, string, string] = [provider, partition, conversationUrn];
      if (coverage === null) return store.delete(key);
      const { line, vaults, inherited } = coverage;
      return store.put({ line, vaults, ...(inherited ? { inherited } : {}) }, key);
    }),
  );
}
