import { CloudError } from '@chat-vault/cloud-storage';
import { type EntitySyncEnvironment } from '../environment.js';
import { type ScheduleOptions } from './schedule-options.js';
import { type SyncPair } from './sync-pair.js';

/** When the pairs sync by themselves: after changes, at times, when the network is back, and again after failures. */
export class SyncScheduler {
  readonly #environment: EntitySyncEnvironment;
  readonly #options: Required<ScheduleOptions> | null;
  readonly #plans = new Map<SyncPair, Plan>();
  readonly #ends: (() => void)[] = [];

  /** With `null` nothing runs by itself. */
  constructor(environment: EntitySyncEnvironment, options: Required<ScheduleOptions> | null) {
    this.#environment = environment;
    this.#options = options;
    if (!options) return;
    this.#ends.push(
      environment.onReconnect(() => this.#runAll(({ isCloud }) => isCloud)),
      environment.onLeave(() => this.#runAll(({ pair }) => pair.isDirty)),
    );
  }

  /** Looks after a pair; one with a cloud is also synced at times, the first time at once. */
  add(pair: SyncPair, kind: 'local' | 'cloud'): void {
    const plan: Plan = { pair, isCloud: kind === 'cloud', failures: 0 };
    this.#plans.set(pair, plan);
    if (plan.isCloud) this.#set(plan, 0);
  }

  /** Stops looking after a pair. */
  remove(pair: SyncPair): void {
    this.#plans.get(pair)?.cancel?.();
    this.#plans.delete(pair);
  }

  /** A sync soon: when changes pause, or when the first of them has waited long enough. While a retry is due, that one. */
  request(pair: SyncPair): void {
    const plan = this.#plans.get(pair);
    if (!plan || !this.#options) return;
    if (!pair.hasFailed) plan.failures = 0;
    if (plan.failures > 0) return;
    const now = this.#environment.now();
    plan.requestedAt ??= now;
    const waitedMs = Math.max(0, now - plan.requestedAt);
    const { debounceMs, maxDelayMs } = this.#options;
    this.#set(plan, Math.max(0, Math.min(debounceMs, maxDelayMs - waitedMs)));
  }

  /** Ends everything that would run by itself. */
  close(): void {
    for (const end of this.#ends) end();
    for (const { cancel } of this.#plans.values()) cancel?.();
    this.#plans.clear();
  }

  #runAll(isMeant: (plan: Plan) => boolean): void {
    for (const plan of this.#plans.values()) {
      if (!isMeant(plan)) continue;
      plan.cancel?.();
      void this.#run(plan);
    }
  }

  #set(plan: Plan, ms: number): void {
    if (!this.#options) return;
    plan.cancel?.();
    plan.cancel = this.#environment.after(ms, () => void this.#run(plan));
  }

  async #run(plan: Plan): Promise<void> {
    delete plan.requestedAt;
    if (plan.isCloud && !this.#environment.isOnline()) return this.#next(plan);
    try {
      await plan.pair.run();
      plan.failures = 0;
    } catch (error) {
      // The pair shows it in its state.
      plan.failures += 1;
      plan.lastError = error;
    }
    this.#next(plan);
  }

  #next(plan: Plan): void {
    if (!this.#options || !this.#plans.has(plan.pair)) return;
    const { cloudIntervalMs } = this.#options;
    if (plan.failures > 0) this.#set(plan, this.#retryMs(plan, this.#options));
    else if (plan.pair.isDueAgain) this.request(plan.pair);
    else if (plan.isCloud) this.#set(plan, cloudIntervalMs);
    else if (plan.pair.isDirty) this.request(plan.pair);
  }

  /** Doubled with each failure, at least what the service asked for, and spread so that devices do not come back all at once. */
  #retryMs({ failures, lastError }: Plan, options: Required<ScheduleOptions>): number {
    const { retryMs, maxRetryMs } = options;
    const fullMs = Math.min(maxRetryMs, retryMs * 2 ** (failures - 1));
    const askedMs = lastError instanceof CloudError ? (lastError.retryAfterMs ?? 0) : 0;
    return Math.max(askedMs, fullMs * (0.5 + this.#environment.random() / 2));
  }
}

interface Plan {
  readonly pair: SyncPair;
  readonly isCloud: boolean;
  failures: number;
  lastError?: unknown;
  /** When the first change came that waits, Unix ms. */
  requestedAt?: number;
  cancel?: () => void;
}
