import { allLiveVaults } from '@chat-vault/core/format';
import { deltaIdOf } from '../commit/delta-id.js';
import { type EngineState } from '../state/engine-state.js';
import { hasSealedHead } from './encryption.js';
import { isSealedPath } from './gate.js';

/** Files that count, of one kind: sealed, or not. */
export interface FilesOfKind {
  /** Vaults with their manifests, and deltas. */
  readonly files: number;
  /** Of the vaults. */
  readonly bytes: number;
}

/** How many files of a kind count, by the last listing. */
export function filesOfKind(state: EngineState, isSealed: boolean): FilesOfKind {
  const { join } = state.vault;
  const vaults = allLiveVaults(join).filter(({ vault }) => isSealedPath(vault.path) === isSealed);
  const plainDeltas = hasSealedHead(state) ? listedPlain(state) : state.listed.deltas.length;
  const deltas = isSealed ? state.listed.deltas.length - plainDeltas : plainDeltas;
  return {
    files: vaults.length * 2 + deltas,
    bytes: vaults.reduce((sum, { vault }) => sum + vault.byteLength, 0),
  };
}

/** In a sealed vault only those count that a sealed catalog names; a listing has no others. */
function listedPlain({ vault: { join }, listed }: EngineState): number {
  const ids = new Set(listed.deltas);
  return (join.plain ?? []).filter(({ path }) => ids.has(deltaIdOf(path))).length;
}
