import { allLiveVaults, type CatalogVault } from '@chat-vault/core/format';
import { type ListedDelta, type Listing } from '../cloud/listing.js';
import { isMissingFile } from '../cloud/vault-reader.js';
import { inParallel } from '../run/in-parallel.js';
import { type Run } from '../run/run.js';
import { type EngineState } from '../state/engine-state.js';
import { isSealing } from './encryption.js';
import { isSealedPath } from './gate.js';

/** Files that count and are to be written anew, oldest months first. */
export interface StaleFiles {
  readonly vaults: readonly CatalogVault[];
  readonly deltas: readonly ListedDelta[];
}

/** What a codec is shown of a file. */
export const CODEC_BEGINNING = { offset: 0, length: 256 };

/**
 * Finds files of the kind that is not written any more, and those that the codec would write in another way now. For the latter the beginning of each file is read;
 * files never change, so it is read once by who uses one of these for several looks.
 */
export class StaleFinder {
  readonly #run: Run;
  readonly #answers = new Map<string, boolean>();

  constructor(run: Run) {
    this.#run = run;
  }

  async find({ vault: { join } }: EngineState, { deltas }: Listing): Promise<StaleFiles> {
    const { maxInFlight } = this.#run.options;
    const live = allLiveVaults(join).map(({ vault }) => vault);
    const unfolded = deltas.filter(({ vaultId }) => !Object.hasOwn(join.folded, vaultId));
    // A manifest is written with its vault, and shorter.
    const vaults = await inParallel(live, maxInFlight, async (vault) =>
      (await this.#isStale(vault.manifestPath)) ? vault : null,
    );
    const stale = await inParallel(unfolded, maxInFlight, async (delta) =>
      (await this.#isStale(delta.path)) ? delta : null,
    );
    return {
      vaults: vaults.filter((vault) => vault !== null),
      deltas: stale.filter((delta) => delta !== null),
    };
  }

  async #isStale(path: string): Promise<boolean> {
    const { codec } = this.#run;
    if (isSealedPath(path) !== isSealing(codec)) return true;
    if (codec.isCurrent === undefined || !path.endsWith(`.${codec.extension}`)) return false;
    const known = this.#answers.get(path);
    if (known !== undefined) return known;
    const isStale = await this.#wasWrittenOtherwise(path);
    this.#answers.set(path, isStale);
    return isStale;
  }

  /** One that is not there is not for this job to mend. */
  async #wasWrittenOtherwise(path: string): Promise<boolean> {
    const { cloud, codec } = this.#run;
    try {
      const beginning = await cloud.read(path, { range: CODEC_BEGINNING });
      return (await codec.isCurrent?.(beginning)) === false;
    } catch (error) {
      if (isMissingFile(error)) return false;
      throw error;
    }
  }
}
