import { type CallOptions } from '@chat-vault/cloud-storage';
import { type VaultCodec } from '@chat-vault/core';
import { migrateVault, type MigrateReport } from '@chat-vault/vault-engine/migrate';
import { ChatSyncError } from '../sync/chat-sync-error';
import { type EngineTask } from '../sync/connection-parts';
import { type ProviderConnection } from '../sync/provider-connection';
import { reportOf, syncWhole } from './sync-whole';
import { watchedSource } from './watched-source';

/** What a move may be told. */
export interface MoveOptions extends CallOptions {
  /** Whether the source is disconnected, and what was known of it forgotten, once the target was found to hold everything; default not. */
  readonly release?: boolean;
}

/** Between which clouds. */
export interface MoveEnds {
  readonly from: ProviderConnection;
  readonly to: ProviderConnection;
  /** Folder of the account in both. */
  readonly basePath: string | undefined;
  /** What opens sealed files, where there can be a key. */
  readonly codec: VaultCodec | undefined;
  /** Syncs what else is kept in a cloud. */
  readonly companion: ((connection: ProviderConnection) => Promise<void>) | null;
}

/**
 * Copies the vault of one connected cloud to another: first what is pending, last what came meanwhile. At each moment both are whole, so
 * it may end anywhere and be called again.
 *
 * @throws ChatVaultError of the cloud, the engine or the facade
 */
export async function moveVault(ends: MoveEnds, options: MoveOptions): Promise<MigrateReport> {
  const { from, to } = ends;
  if (from === to) {
    throw new ChatSyncError(
      'same-provider',
      `chat-sync: the vault of ${from.source.displayName} cannot be moved to itself`,
    );
  }
  for (const end of [from, to]) if (!end.isWanted) throw notConnected(end);
  const { signal, release = false } = options;
  await syncWhole(from, signal);
  const report = await copyVault(ends, signal);
  await syncWhole(to, signal);
  if (release && report.mayRelease) {
    // In this order: what only `from` had comes here, then goes to `to`.
    for (const end of [from, to]) await ends.companion?.(end);
    await from.disconnect({ forget: true });
  }
  return report;
}

/** Copies as a run of the target that ends when either is closed. A source that fails is told as its own failure. */
async function copyVault(
  { from, to, basePath, codec }: MoveEnds,
  signal: AbortSignal | undefined,
): Promise<MigrateReport> {
  const place = basePath === undefined ? {} : { basePath };
  const read: EngineTask<MigrateReport | { readonly targetError: Error }> = async (
    engine,
    looking,
  ) => {
    const source = watchedSource(engine.cloud);
    const write: EngineTask<
      { readonly report: MigrateReport } | { readonly sourceError: unknown }
    > = (target, run) =>
      target.exclusively(async (cloud) => {
        try {
          const places = { from: { ...place, cloud: source.cloud }, to: { ...place, cloud } };
          return { report: await migrateVault({ ...places, ...run, ...(codec && { codec }) }) };
        } catch (error) {
          if (run.signal?.aborted || !source.hasThrown(error)) throw error;
          return { sourceError: error };
        }
      }, run);
    const outcome = await to.run('write', write, looking.signal);
    if (!outcome.ok) return { targetError: outcome.error };
    if ('sourceError' in outcome.report) throw outcome.report.sourceError;
    return outcome.report.report;
  };
  const copied = reportOf(await from.run('look', read, signal));
  if ('targetError' in copied) throw copied.targetError;
  return copied;
}

const notConnected = ({ providerId, source }: ProviderConnection): ChatSyncError =>
  new ChatSyncError(
    'not-connected',
    `chat-sync: ${source.displayName} is not connected; call connect() first`,
    { details: { providerId } },
  );
