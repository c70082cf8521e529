import { writeRun } from '../commit/run-writer.js';
import { isBadFile, isMissingFile } from '../cloud/vault-reader.js';
import { checkProducts, ProductMismatch } from '../compaction/check-products.js';
import { groupByKey, type KeyGroup } from '../compaction/key-groups.js';
import { readBackRun } from '../compaction/read-back.js';
import { UnknownFields } from '../compaction/unknown-fields.js';
import { type Run } from '../run/run.js';
import { warn } from '../run/tally.js';
import { type PlanProduct } from '../state/stored-plan.js';
import { type VaultParts } from '../survey/vault-parts.js';

/**
 * Writes what can be read of a vault as a new run and reads that back, so that it can take the vault's place; `null` when the check refused it, and the vault must
 * stay. Nothing readable: no files.
 */
export async function writeAgain(
  run: Run,
  vault: { readonly vaultId: string; readonly partition: string; readonly path: string },
  parts: VaultParts,
): Promise<readonly PlanProduct[] | null> {
  const { vaultId, partition, path } = vault;
  const unknown = new UnknownFields();
  const groups = async function* (): AsyncGenerator<readonly KeyGroup[]> {
    for (const open of parts.segments) yield groupByKey(unknown.gather(await open()));
  };
  try {
    const products = await writeRun(
      run,
      { partition, from: [vaultId], extraAtEnd: () => unknown.extra },
      groups(),
    );
    await checkProducts(groups(), readBackRun(run, partition, products), () => false);
    return products;
  } catch (error) {
    if (!(error instanceof ProductMismatch) && !isBadFile(error) && !isMissingFile(error))
      throw error;
    warn(run.tally, { code: 'damaged-file', message: error.message, subject: path });
    return null;
  }
}
