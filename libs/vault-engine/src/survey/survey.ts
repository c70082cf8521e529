import { type CloudFile } from '@chat-vault/cloud-storage';
import { parsePath, yearFolder } from '@chat-vault/core/format';
import { type Listing, listVault } from '../cloud/listing.js';
import { inParallel } from '../run/in-parallel.js';
import { type Run } from '../run/run.js';

/** A month vault's two files, as far as they are there. */
export interface SurveyedVault {
  readonly vaultId: string;
  readonly partition: string;
  readonly vault?: CloudFile;
  readonly manifest?: CloudFile;
}

/** Everything that is stored under the base path. */
export interface Survey {
  readonly listing: Listing;
  readonly vaults: ReadonlyMap<string, SurveyedVault>;
  /** Files that do not fit the grammar. */
  readonly foreign: readonly string[];
  /** Files that are not sealed, that no sealed catalog names, and that are not used therefore. */
  readonly unsealed: readonly string[];
}

/** Lists all folders; of the years, only those of `months` when they are given, and of their vaults only those of these months. */
export async function surveyCloud(run: Run, months?: ReadonlySet<string>): Promise<Survey> {
  const [listing, folders] = await Promise.all([
    listVault(run),
    months === undefined ? run.cloud.listFolders(run.basePath) : yearsOf(months),
  ]);
  const years = folders.filter((folder) => /^\d{4}$/.test(folder)).sort();
  const files = await inParallel(years, run.options.maxInFlight, (year) =>
    run.cloud.list(yearFolder(run.basePath, year)),
  );
  const vaults = new Map<string, SurveyedVault>();
  const foreign = [...listing.foreign];
  const { deltas, catalogs } = listing.unsealed;
  const unsealed = [...deltas, ...catalogs].map(({ path }) => path);
  for (const file of files.flat()) {
    const parsed = parsePath(run.basePath, file.path);
    if (parsed?.kind !== 'vault' && parsed?.kind !== 'manifest') {
      foreign.push(file.path);
      continue;
    }
    if (months?.has(parsed.partition) === false) continue;
    if (!run.gate.admitsMonthFile({ ...parsed, path: file.path, id: parsed.vaultId })) {
      unsealed.push(file.path);
      continue;
    }
    if (run.gate.isSuperseded({ path: file.path, id: parsed.vaultId })) continue;
    const { vaultId, partition } = parsed;
    vaults.set(vaultId, { vaultId, partition, ...vaults.get(vaultId), [parsed.kind]: file });
  }
  return { listing, vaults, foreign, unsealed: unsealed.sort() };
}

const yearsOf = (months: ReadonlySet<string>): readonly string[] => [
  ...new Set([...months].map((month) => month.slice(0, 4))),
];
