import { allLiveVaults } from '@chat-vault/core/format';
import { type EngineState } from '../state/engine-state.js';
import { isSealedPath } from './gate.js';

/** Files that count and are not sealed. */
export interface PlainFiles {
  /** Vaults with their manifests, and deltas. */
  readonly files: number;
  /** Of the vaults and deltas. */
  readonly bytes: number;
}

/** How many files are not sealed, by the last listing. */
export function plainFiles(state: EngineState): PlainFiles {
  const { join } = state.vault;
  const vaults = allLiveVaults(join).filter(({ vault }) => !isSealedPath(vault.path));
  const { deltas: all, plainDeltas = all.length, plainDeltaBytes = 0 } = state.listed;
  return {
    files: vaults.length * 2 + plainDeltas,
    bytes: vaults.reduce((sum, { vault }) => sum + vault.byteLength, plainDeltaBytes),
  };
}
