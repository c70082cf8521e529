import { type ChatStorage } from '@chat-vault/chat-storage';
import { type HostEnvironment, type LiveEnvironment } from '@chat-vault/live-sync';
import { type ManualTimers } from './manual-timers.ts';

/** What a page or worker of a device is made of. */
export interface ContextOptions {
  readonly role: 'page' | 'worker';
  readonly url: string;
  readonly timers: ManualTimers;
  readonly random: () => number;
  readonly locks: (context: MortalContext) => HostEnvironment['locks'];
  readonly openChannel: (context: MortalContext) => HostEnvironment['openChannel'];
  readonly onGone: (context: MortalContext) => void;
}

/**
 * A page or worker that is killed or frozen wherever its code waits for something: what reaches it then comes when it thaws, or never.
 */
export class MortalContext {
  readonly #options: ContextOptions;
  readonly #network = new AbortController();
  readonly #writes = new Set<Promise<unknown>>();
  #deferred: (() => void)[] = [];
  #isFrozen = false;
  #isGone = false;
  #stepsLeft = Infinity;
  #tellGone: () => void = () => undefined;
  /** Resolves when it is killed. */
  readonly gone = new Promise<void>((resolve) => (this.#tellGone = resolve));

  constructor(options: ContextOptions) {
    this.#options = options;
  }

  get role(): 'page' | 'worker' {
    return this.#options.role;
  }

  get isGone(): boolean {
    return this.#isGone;
  }

  get isRunning(): boolean {
    return !this.#isGone && !this.#isFrozen;
  }

  /** Killed: its network is cut, and no code of it runs again. */
  die(): void {
    if (this.#isGone) return;
    this.#isGone = true;
    this.#deferred = [];
    this.#network.abort();
    this.#options.onGone(this);
    this.#tellGone();
  }

  /** Killed when it has waited for so many more things, and not before, whatever was said before. */
  dieAfter(steps: number): void {
    this.#stepsLeft = steps;
  }

  freeze(): void {
    this.#isFrozen = true;
  }

  thaw(): void {
    this.#isFrozen = false;
    for (const code of this.#deferred.splice(0)) this.run(code);
  }

  /** Runs code of it, when it can. */
  run(code: () => void): void {
    if (this.#isGone) return;
    if (this.#isFrozen) this.#deferred.push(code);
    else code();
  }

  /** Resolves when what it had begun to write is written or not. */
  async afterWrites(): Promise<void> {
    await Promise.allSettled(this.#writes);
  }

  /** The storage of its device, as its code reaches it. */
  storage(target: ChatStorage): ChatStorage {
    return new Proxy(target, {
      get: (_, name) => {
        const value: unknown = Reflect.get(target, name);
        if (typeof value !== 'function') return value;
        return (...args: unknown[]) =>
          this.#through(() => {
            const done = Promise.resolve(Reflect.apply(value, target, args) as unknown);
            this.#writes.add(done);
            const forget = (): void => void this.#writes.delete(done);
            done.then(forget, forget);
            return done;
          });
      },
    });
  }

  get environment(): Partial<LiveEnvironment> {
    const { timers, random, url } = this.#options;
    return {
      fetch: (address, init) => this.#fetch(address.replace('http://sync.example', url), init),
      now: () => timers.now(),
      random,
      after: (ms, run) => this.#after(ms, run),
      page: null,
    };
  }

  get host(): Partial<HostEnvironment> {
    const { role, timers, locks, openChannel } = this.#options;
    return {
      locks: locks(this),
      openChannel: openChannel(this),
      page: role === 'worker' ? null : { isVisible: () => true, listen: () => () => undefined },
      elapsed: () => timers.now(),
    };
  }

  #after(ms: number, run: () => void): () => void {
    let isOff = false;
    const cancel = this.#options.timers.after(ms, () => this.run(() => isOff || run()));
    return () => {
      isOff = true;
      cancel();
    };
  }

  #fetch(address: string, init: RequestInit): Promise<Response> {
    return this.#through(async () => {
      const given = init.signal ? [init.signal] : [];
      const signal = AbortSignal.any([...given, this.#network.signal]);
      const { body, status, headers } = await fetch(address, { ...init, signal });
      return new Response(body && this.#body(body), { status, headers });
    });
  }

  #body(body: ReadableStream<Uint8Array>): ReadableStream<Uint8Array> {
    const reader = body.getReader();
    return new ReadableStream<Uint8Array>(
      {
        pull: async (controller) => {
          const { done, value } = await this.#through(() => reader.read());
          if (done) controller.close();
          else controller.enqueue(value);
        },
        cancel: (reason) => reader.cancel(reason),
      },
      { highWaterMark: 0 },
    );
  }

  /** Waits for something, as the code does. */
  async #through<Result>(work: () => Promise<Result>): Promise<Result> {
    await this.#turn();
    const done = work();
    await done.catch(() => undefined);
    await this.#turn();
    return done;
  }

  #turn(): Promise<void> {
    if (--this.#stepsLeft <= 0) this.die();
    return new Promise((resolve) => this.run(resolve));
  }
}
