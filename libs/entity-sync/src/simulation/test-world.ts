import { seededRandom } from '@chat-vault/cloud-storage/testing';
import { type EntitySyncEnvironment } from '../environment.js';
import { type Entity } from '../model/entity.js';
import { copyValue } from '../model/copy-value.js';
import { DataOrchestrator } from '../orchestrator/data-orchestrator.js';
import { type OrchestratorOptions } from '../orchestrator/orchestrator-options.js';
import { EntityKeyNameStrategy } from '../strategy/entity-key-strategy.js';
import { memoryStore } from '../tiers/memory/memory-store.js';
import { type IPersistence } from '../tiers/persistence.js';

/** An entity of the tests. */
export interface Contact extends Entity {
  name: string;
  city?: string | undefined;
  born?: Date;
  tags?: string[];
}

interface Timer {
  readonly at: number;
  readonly run: () => void;
}

/** Lets promises that wait for nothing else settle. */
export const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 5; turn++) await new Promise<void>((resolve) => setImmediate(resolve));
};

/** Clock, timers, network and chance of a test; time passes only when the test says so. */
export class TestWorld {
  /** Unix ms. */
  now = Date.UTC(2025, 5, 15, 12);
  isOnline = true;
  readonly random: () => number;
  readonly #timers = new Set<Timer>();
  readonly #listeners = { reconnect: new Set<() => void>(), leave: new Set<() => void>() };

  constructor(seed = 1) {
    this.random = seededRandom(seed);
  }

  /** The environment of a device whose clock is wrong by `offsetMs`. */
  environment(offsetMs = 0): EntitySyncEnvironment {
    const listen = (to: 'reconnect' | 'leave') => (run: () => void) => {
      this.#listeners[to].add(run);
      return () => void this.#listeners[to].delete(run);
    };
    return {
      now: () => this.now + offsetMs,
      random: this.random,
      randomBytes: (length) => Uint8Array.from({ length }, () => Math.floor(this.random() * 256)),
      after: (ms, run) => {
        const timer = { at: this.now + ms, run };
        this.#timers.add(timer);
        return () => void this.#timers.delete(timer);
      },
      isOnline: () => this.isOnline,
      onReconnect: listen('reconnect'),
      onLeave: listen('leave'),
    };
  }

  /** Timers that wait. */
  get timers(): number {
    return this.#timers.size;
  }

  /** Who listens for events of the page. */
  get listeners(): number {
    return this.#listeners.reconnect.size + this.#listeners.leave.size;
  }

  /** Lets time pass, with all that is due in it. */
  async pass(ms: number): Promise<void> {
    const end = this.now + ms;
    for (;;) {
      await settle();
      const due = [...this.#timers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at);
      const [next] = due;
      if (!next) break;
      this.#timers.delete(next);
      this.now = Math.max(this.now, next.at);
      next.run();
    }
    this.now = end;
    await settle();
  }

  async fire(event: 'reconnect' | 'leave'): Promise<void> {
    for (const run of [...this.#listeners[event]]) run();
    await settle();
  }

  /** A device; nothing runs by itself unless a schedule is given. */
  device(
    options: Partial<OrchestratorOptions> & { readonly offsetMs?: number } = {},
  ): Promise<DataOrchestrator> {
    const { offsetMs, ...rest } = options;
    return DataOrchestrator.create({
      prefix: 'app',
      store: memoryStore(),
      strategy: new EntityKeyNameStrategy(),
      schedule: 'manual',
      environment: this.environment(offsetMs),
      ...rest,
    });
  }
}

/** A call of a persistence. */
export interface PersistenceCall {
  readonly operation: 'load' | 'store' | 'clear';
  readonly key: string;
}

/** Blobs by key and nothing more, as an application may bring them; notes its calls, and fails where the test says so. */
export class PlainPersistence implements IPersistence {
  readonly blobs = new Map<string, unknown>();
  readonly calls: PersistenceCall[] = [];
  /** Called before each call takes effect; may throw or wait. */
  before: (call: PersistenceCall) => void | Promise<void> = () => undefined;

  async loadData(key: string): Promise<unknown> {
    await this.#note({ operation: 'load', key });
    return copyValue(this.blobs.get(key) ?? null);
  }

  async storeData(key: string, data: unknown): Promise<void> {
    const copy = copyValue(data);
    await this.#note({ operation: 'store', key });
    this.blobs.set(key, copy);
  }

  async clearData(key: string): Promise<void> {
    await this.#note({ operation: 'clear', key });
    this.blobs.delete(key);
  }

  /** Which calls there were since the last time. */
  takeCalls(): readonly string[] {
    return this.calls.splice(0).map(({ operation, key }) => `${operation} ${key}`);
  }

  async #note(call: PersistenceCall): Promise<void> {
    this.calls.push(call);
    await this.before(call);
  }
}
