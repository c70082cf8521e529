import { type Logger } from '@chat-vault/core';
import { type EntitySyncEnvironment } from '../environment.js';
import { type IndexedFields } from '../manager/entity-index.js';
import { type ConflictResolver } from '../merge/conflict-resolver.js';
import { type ScheduleOptions } from '../schedule/schedule-options.js';
import { type IEntityKeyStrategy } from '../strategy/entity-key-strategy.js';
import { type IPersistence, type IStore } from '../tiers/persistence.js';

/** What an orchestrator is made of. */
export interface OrchestratorOptions {
  /** Begins all keys of the application in all tiers. Two applications in one tier have prefixes of which none begins with the other and a dot. */
  readonly prefix: string;
  /** The fast place in memory; `memoryStore()` unless an application brings its own. */
  readonly store: IStore;
  /** On the device: what is flushed to it is kept. Without it, everything goes from memory to the clouds. */
  readonly local?: IPersistence;
  /** A place that the person's devices share, attached under the id `cloud`. */
  readonly cloud?: IPersistence;
  readonly strategy: IEntityKeyStrategy;
  /** Default `lastWriterWins`. */
  readonly conflictResolver?: ConflictResolver;
  /** When syncs run by themselves; `manual`: never, only by `syncNow()` and `flush()`. */
  readonly schedule?: ScheduleOptions | 'manual';
  readonly logger?: Logger;
  /** Wall clock, Unix ms. */
  readonly now?: () => number;
  /** Fields that `where` finds without looking at every entity, by entity name. */
  readonly indexes?: IndexedFields;
  /** What is taken from the machine otherwise. */
  readonly environment?: Partial<EntitySyncEnvironment>;
}
