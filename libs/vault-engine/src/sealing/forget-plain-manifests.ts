import { allLiveVaults } from '@chat-vault/core/format';
import { manifestDocument } from '../cloud/vault-reader.js';
import { type Run } from '../run/run.js';
import { type EngineState } from '../state/engine-state.js';
import { isSealedPath } from './gate.js';

/** Manifests that were read before there was a key are read again, and held against the digests that the sealed catalogs promise. */
export async function forgetPlainManifests(run: Run, { vault }: EngineState): Promise<void> {
  const documents = Object.fromEntries(
    allLiveVaults(vault.join)
      .filter((one) => !isSealedPath(one.vault.manifestPath))
      .map((one) => [manifestDocument(one.vault.vaultId), undefined]),
  );
  if (Object.keys(documents).length > 0)
    await run.storage.updateSyncState(run.provider, { documents });
}
