import { type CloudStorage } from '@chat-vault/cloud-storage';
import { type VirtualClock } from './virtual-device.ts';

type Fetch = typeof globalThis.fetch;

/** What a piece of work cost on the network. */
export interface NetworkSpent {
  readonly requests: number;
  /** Bytes of bodies, without headers. */
  readonly bytesUp: number;
  readonly bytesDown: number;
  /** By the virtual clock: answers and waits, no computing. */
  readonly ms: number;
}

/** How long every request takes, whatever its size. */
export const LATENCY_MS = 100;

/** Turns of 10 ms in which nothing happens after which everybody waits for the clock. */
const QUIET_TURNS = 12;

/**
 * A network on which every request takes 100 ms of a clock that passes only when everybody waits: requests at the same time take it
 * together, one after the other take it each. So the time tells how requests depend on each other, and nothing of the machine.
 */
export class VirtualNetwork {
  readonly clock: VirtualClock;
  #waiting: { readonly at: number; readonly wake: () => void }[] = [];
  #spent = { requests: 0, bytesUp: 0, bytesDown: 0 };
  #answering = 0;
  #quietTurns = 0;
  #isTurning = false;
  #isFree = true;

  constructor(clock: VirtualClock) {
    this.clock = clock;
  }

  readonly now = (): number => this.clock.now;

  /** Everything outside of this is free: it takes no time and is not counted. */
  async measure(work: () => Promise<unknown>): Promise<NetworkSpent> {
    this.#spent = { requests: 0, bytesUp: 0, bytesDown: 0 };
    const start = this.clock.now;
    this.#isFree = false;
    try {
      await work();
    } finally {
      this.#isFree = true;
    }
    return { ...this.#spent, ms: this.clock.now - start };
  }

  /** A `fetch` over this network. */
  carry(fetch: Fetch): Fetch {
    return (input, init) =>
      this.#request(
        () => fetch(input, init),
        async (response) => {
          const sent = init?.body ? await new Response(init.body).arrayBuffer() : undefined;
          const received = await response.clone().arrayBuffer();
          return { up: sent?.byteLength ?? 0, down: received.byteLength };
        },
      );
  }

  /** A cloud each of whose calls is one request over this network. */
  carryCalls(cloud: CloudStorage): CloudStorage {
    const none = async () => ({ up: 0, down: 0 });
    return {
      providerId: cloud.providerId,
      displayName: cloud.displayName,
      ...(cloud.listingLagMs === undefined ? {} : { listingLagMs: cloud.listingLagMs }),
      list: (...call) => this.#request(() => cloud.list(...call), none),
      listFolders: (...call) => this.#request(() => cloud.listFolders(...call), none),
      remove: (...call) => this.#request(() => cloud.remove(...call), none),
      create: (path, bytes, options) =>
        this.#request(
          () => cloud.create(path, bytes, options),
          async () => ({ up: bytes.length, down: 0 }),
        ),
      read: (...call) =>
        this.#request(
          () => cloud.read(...call),
          async (bytes) => ({ up: 0, down: bytes.length }),
        ),
    };
  }

  /** A wait of that long on the virtual clock. */
  readonly sleep = (ms: number): Promise<void> =>
    this.#isFree ? Promise.resolve() : this.#until(this.clock.now + ms);

  async #request<Answer>(
    ask: () => Promise<Answer>,
    weigh: (answer: Answer) => Promise<{ readonly up: number; readonly down: number }>,
  ): Promise<Answer> {
    if (this.#isFree) return ask();
    const at = this.clock.now + LATENCY_MS;
    this.#spent.requests += 1;
    this.#answering += 1;
    try {
      const answer = await ask();
      const { up, down } = await weigh(answer);
      this.#spent.bytesUp += up;
      this.#spent.bytesDown += down;
      return answer;
    } finally {
      this.#answering -= 1;
      await this.#until(at);
    }
  }

  #until(at: number): Promise<void> {
    this.#quietTurns = 0;
    if (!this.#isTurning) setTimeout(this.#turn, 10);
    this.#isTurning = true;
    return new Promise((wake) => void this.#waiting.push({ at, wake }));
  }

  readonly #turn = (): void => {
    this.#quietTurns = this.#answering > 0 ? 0 : this.#quietTurns + 1;
    if (this.#quietTurns >= QUIET_TURNS) this.#wakeNext();
    this.#isTurning = this.#waiting.length > 0;
    if (this.#isTurning) setTimeout(this.#turn, 10);
  };

  #wakeNext(): void {
    const at = Math.min(...this.#waiting.map((one) => one.at));
    this.clock.now = Math.max(this.clock.now, at);
    const woken = this.#waiting.filter((one) => one.at <= at);
    this.#waiting = this.#waiting.filter((one) => one.at > at);
    this.#quietTurns = 0;
    for (const { wake } of woken) wake();
  }
}
