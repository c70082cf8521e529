import { type ChatStorage } from '@chat-vault/chat-storage';
import { type CloudStorage } from '@chat-vault/cloud-storage';
import { type Logger, type VaultCodec } from '@chat-vault/core';
import { type EngineOptions } from '../engine-options.js';
import { type Environment } from '../environment.js';
import { type Gate } from '../sealing/gate.js';
import { type ProgressMeter } from './progress-meter.js';
import { type Tally } from './tally.js';

/** What an engine works with, defaults filled in. */
export interface Workshop {
  readonly storage: ChatStorage;
  readonly cloud: CloudStorage;
  /** What is written. */
  readonly codec: VaultCodec;
  /** What is opened besides. */
  readonly opens: readonly VaultCodec[];
  readonly basePath: string;
  /** First 16 hex digits of SHA-256 of the app's account id. */
  readonly account: string | undefined;
  readonly logger: Logger | undefined;
  readonly options: EngineOptions;
  readonly env: Environment;
}

/** One call of the engine: the workshop with a cloud that counts, and what happened so far. */
export interface Run extends Workshop {
  readonly provider: string;
  readonly signal: AbortSignal | undefined;
  /** Which plain files may be used. */
  readonly gate: Gate;
  readonly tally: Tally;
  readonly progress: ProgressMeter;
  readonly startedAt: number;
}
