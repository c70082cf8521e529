import { type CallOptions, CloudError } from '@chat-vault/cloud-storage';
import { defaultEnvironment } from '../default-environment.js';
import { type Environment } from '../environment.js';
import { ProgressMeter } from '../run/progress-meter.js';
import { ByteBudget } from './byte-budget.js';
import { type MigrateOptions, type MigrateProblem, type VaultPlace } from './migration.js';
import { VaultPromises } from './vault-promises.js';

/** One move under way: between what, with what, and how far. */
export interface Move {
  readonly from: Required<VaultPlace>;
  readonly to: Required<VaultPlace>;
  /** For every call to a cloud. */
  readonly call: CallOptions;
  readonly codec: MigrateOptions['codec'];
  readonly maxInFlight: number;
  readonly budget: ByteBudget;
  readonly env: Environment;
  readonly progress: ProgressMeter;
  /** What the source promises about its files. */
  readonly promises: VaultPromises;
  /** Digests of the bytes that were written in this run, by path. */
  readonly written: Map<string, string>;
  /** By path; the first one of a file stays. */
  readonly problems: Map<string, MigrateProblem>;
  /** Unix milliseconds at which a move may find that nothing new came; 0 when there is no need. */
  lookAgainMs: number;
  readonly tally: MoveTally;
}

/** What happened so far. */
export interface MoveTally {
  filesCopied: number;
  bytesCopied: number;
  filesPresent: number;
  filesReplaced: number;
  filesVerified: number;
  /** Files of the source that could not be read since the last one that could. */
  failuresInARow: number;
}

const DEFAULTS = {
  basePath: 'chat-vault',
  maxInFlight: 4,
  maxInFlightBytes: 32 * 1024 * 1024,
} as const;

/** @throws CloudError `invalid` when both places are the same one */
export const openMove = (options: MigrateOptions): Move => {
  const { basePath, maxInFlight, maxInFlightBytes } = { ...DEFAULTS, ...options };
  const { codec, signal, onProgress } = options;
  const [from, to] = [options.from, options.to].map((place) => ({ basePath, ...place })) as [
    Required<VaultPlace>,
    Required<VaultPlace>,
  ];
  if (from.cloud === to.cloud && from.basePath === to.basePath)
    throw new CloudError('invalid', 'vault-engine: a vault cannot be moved to where it is');
  return {
    from,
    to,
    call: signal ? { signal } : {},
    codec,
    maxInFlight,
    budget: new ByteBudget(maxInFlightBytes),
    env: { ...defaultEnvironment(), ...options.environment },
    progress: new ProgressMeter(onProgress),
    promises: new VaultPromises(codec),
    written: new Map(),
    problems: new Map(),
    lookAgainMs: 0,
    tally: {
      filesCopied: 0,
      bytesCopied: 0,
      filesPresent: 0,
      filesReplaced: 0,
      filesVerified: 0,
      failuresInARow: 0,
    },
  };
};

/** Notes a reason to keep the source. */
export const noteProblem = (
  { problems }: Move,
  kind: MigrateProblem['kind'],
  path: string,
  reason: string,
): void => {
  if (!problems.has(path)) problems.set(path, { kind, path, reason });
};
