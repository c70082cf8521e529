import { statusError } from '../http/http-status.js';
import { throwIfAborted } from '../port/abort.js';
import { CloudError } from '../port/cloud-error.js';
import { type CloudOperation } from '../port/cloud-operation.js';
import {
  type ByteRange,
  type CallOptions,
  type CloudFile,
  type CloudStorage,
} from '../port/cloud-storage.js';
import { signInOf } from '../port/sign-in.js';
import { sleep as sleepForReal, type Sleep } from '../time/sleep.js';
import { planCall, type CallPlan, type CloudFaults } from './cloud-faults.js';
import { ListingFaults } from './listing-faults.js';
import { seededRandom } from './seeded-random.js';

/** One call on its way to the service. */
export interface CloudCall {
  /** 1 for the first call since the faulty cloud was made. */
  readonly index: number;
  readonly operation: CloudOperation;
  readonly path: string;
  /** What `create` sends. */
  readonly bytes?: Uint8Array;
}

/** A fault that was brought about, in the order of happening: the first thing to read when a seed fails. */
export interface InjectedFault {
  readonly call: number;
  readonly operation: CloudOperation;
  readonly path: string;
  readonly fault: string;
}

/** How a stopped cloud answers. */
export interface StopOptions {
  /** What every later call rejects with; default `CloudError` `offline`. */
  readonly error?: Error;
  /** Whether the last call that is carried out rejects too: the crash after the effect and before anyone knew. */
  readonly isLastReplyLost?: boolean;
}

/** A cloud that misbehaves as told, by chance and by script. The port's promises about bytes it breaks only where a fault says so. */
export interface FaultyCloud extends CloudStorage {
  /** Calls so far, those included that never reached the service. */
  readonly calls: number;
  readonly injected: readonly InjectedFault[];
  /** The next calls of that kind (default 1) reject with the error, or as answered with the HTTP status, and are not carried out. */
  failNext(operation: CloudOperation | 'any', error: Error | number, times?: number): void;
  /** Runs the hook before each call; what it throws the call rejects with. Gives the function that takes it away. */
  beforeCall(hook: (call: CloudCall) => void | Promise<void>): () => void;
  /** Carries out so many more calls; all later ones reject for ever (until `calm`), as when the process died there. */
  stopAfter(calls: number, options?: StopOptions): void;
  /** Ends all faults, drawn and scripted; what they did to files stays. */
  calm(): void;
}

/** How a faulty cloud is made. */
export interface FaultyCloudOptions {
  /** Same seed, same calls in the same order: same faults. */
  readonly seed?: number;
  readonly faults?: CloudFaults;
  /** Waits for latency; default the machine's timers. */
  readonly sleep?: Sleep;
  /** Clock for lagging listings, Unix ms. */
  readonly now?: () => number;
}

/**
 * Wraps a cloud with faults. Lag, duplicates and the quota are kept by the wrapper: devices that share a service share one wrapper for
 * these, and each may have a second one around it for its own network.
 */
export const faultyCloud = (cloud: CloudStorage, options: FaultyCloudOptions = {}): FaultyCloud =>
  new Faulty(cloud, options);

interface Script {
  readonly operation: CloudOperation | 'any';
  readonly error: Error | number;
  times: number;
}

class Faulty implements FaultyCloud {
  readonly providerId: string;
  readonly displayName: string;
  readonly listingLagMs: number;
  readonly #cloud: CloudStorage;
  readonly #seed: number;
  readonly #sleep: Sleep;
  readonly #listings: ListingFaults;
  readonly #injected: InjectedFault[] = [];
  readonly #hooks = new Set<(call: CloudCall) => void | Promise<void>>();
  readonly #bytesByPath = new Map<string, number>();
  #faults: CloudFaults;
  #scripts: readonly Script[] = [];
  #calls = 0;
  #usedBytes = 0;
  #stop: (StopOptions & { readonly after: number }) | undefined;

  constructor(cloud: CloudStorage, options: FaultyCloudOptions) {
    this.providerId = cloud.providerId;
    this.displayName = cloud.displayName;
    this.#cloud = cloud;
    Object.assign(this, signInOf(cloud));
    this.#seed = options.seed ?? 1;
    this.#faults = options.faults ?? {};
    this.#sleep = options.sleep ?? sleepForReal;
    this.#listings = new ListingFaults(options.now ?? (() => Date.now()));
    this.listingLagMs = Math.max(cloud.listingLagMs ?? 0, this.#faults.lag?.ms ?? 0);
  }

  get calls(): number {
    return this.#calls;
  }

  get injected(): readonly InjectedFault[] {
    return this.#injected;
  }

  failNext(operation: CloudOperation | 'any', error: Error | number, times = 1): void {
    this.#scripts = [...this.#scripts, { operation, error, times }];
  }

  beforeCall(hook: (call: CloudCall) => void | Promise<void>): () => void {
    this.#hooks.add(hook);
    return () => void this.#hooks.delete(hook);
  }

  stopAfter(calls: number, options: StopOptions = {}): void {
    this.#stop = { ...options, after: this.#calls + calls };
  }

  calm(): void {
    this.#faults = {};
    this.#scripts = [];
    this.#stop = undefined;
    this.#hooks.clear();
    this.#listings.calm();
  }

  async list(folder: string, options?: CallOptions): Promise<readonly CloudFile[]> {
    return this.#call('list', folder, options, async (plan, random, note) => {
      const files = await this.#cloud.list(folder, options);
      const shown = this.#listings.show(files);
      if (shown.length < files.length) note('lagging listing');
      if (plan.missingShare === 0) return shown;
      const rest = shown.filter(() => random() >= plan.missingShare);
      if (rest.length < shown.length) note('short listing');
      return rest;
    });
  }

  async listFolders(folder: string, options?: CallOptions): Promise<readonly string[]> {
    return this.#call('listFolders', folder, options, () =>
      this.#cloud.listFolders(folder, options),
    );
  }

  async read(
    path: string,
    options?: CallOptions & { readonly range?: ByteRange },
  ): Promise<Uint8Array> {
    return this.#call('read', path, options, async (plan, _random, note) => {
      const bytes = await this.#cloud.read(path, options);
      if (plan.readShare === 1) return bytes;
      note('torn read');
      return bytes.subarray(0, Math.floor(plan.readShare * bytes.length));
    });
  }

  async create(path: string, bytes: Uint8Array, options?: CallOptions): Promise<void> {
    const run: Run<void> = async (plan, _random, note) => {
      this.#checkQuota(path, bytes.length, note);
      const torn = bytes.length > 0 ? plan.torn : undefined;
      const stored = torn ? bytes.subarray(0, Math.floor(torn.share * bytes.length)) : bytes;
      await this.#cloud.create(path, stored, options);
      this.#recordSize(path, stored.length);
      this.#listings.created(path, this.#faults.lag, plan.isDuplicated);
      if (plan.isDuplicated) note('duplicate');
      if (!torn) return;
      note(torn.isReported ? 'torn upload, reported as success' : 'torn upload');
      if (!torn.isReported) throw fault('unavailable', `the upload of "${path}" broke off`);
    };
    return this.#call('create', path, options, run, bytes);
  }

  async remove(path: string, options?: CallOptions): Promise<void> {
    return this.#call('remove', path, options, async () => {
      await this.#cloud.remove(path, options);
      this.#recordSize(path, 0);
      this.#bytesByPath.delete(path);
      this.#listings.removed(path);
    });
  }

  async #call<Result>(
    operation: CloudOperation,
    path: string,
    options: CallOptions | undefined,
    run: Run<Result>,
    bytes?: Uint8Array,
  ): Promise<Result> {
    const index = ++this.#calls;
    const note = (text: string) =>
      void this.#injected.push({ call: index, operation, path, fault: text });
    const random = seededRandom(Math.imul(this.#seed, 0x9e3779b1) ^ Math.imul(index, 0x85ebca6b));
    const stop = this.#stop;
    if (stop && index > stop.after) throw this.#stopped(stop, note);
    for (const hook of [...this.#hooks]) {
      await hook({ index, operation, path, ...(bytes && { bytes }) });
    }
    this.#playScript(operation, path, note);
    const plan = planCall(this.#faults, operation, random);
    if (plan.latencyMs > 0) await this.#sleep(plan.latencyMs, options?.signal);
    throwIfAborted(options?.signal, `${operation} "${path}"`);
    if (plan.status) {
      note(`status ${plan.status.status}`);
      throw statusError(`faulty: ${operation} "${path}"`, plan.status);
    }
    if (plan.isOffline) {
      note('offline');
      throw fault('offline', `${operation} "${path}" never arrived`);
    }
    const result = await run(plan, random, note);
    if (stop?.isLastReplyLost && index === stop.after) throw this.#stopped(stop, note);
    if (plan.lostReply) {
      note('lost reply');
      throw fault(plan.lostReply, `the reply of ${operation} "${path}" was lost`);
    }
    return result;
  }

  #stopped(stop: StopOptions, note: (text: string) => void): Error {
    note('stopped');
    return stop.error ?? fault('offline', 'stopped by stopAfter()');
  }

  #playScript(operation: CloudOperation, path: string, note: (text: string) => void): void {
    const script = this.#scripts.find(
      (one) => one.operation === 'any' || one.operation === operation,
    );
    if (!script) return;
    script.times -= 1;
    this.#scripts = this.#scripts.filter(({ times }) => times > 0);
    note('scripted');
    if (typeof script.error !== 'number') throw script.error;
    throw statusError(`faulty: ${operation} "${path}"`, { status: script.error });
  }

  #recordSize(path: string, bytes: number): void {
    this.#usedBytes += bytes - (this.#bytesByPath.get(path) ?? 0);
    this.#bytesByPath.set(path, bytes);
  }

  #checkQuota(path: string, bytes: number, note: (text: string) => void): void {
    const isFull = this.#usedBytes + bytes > (this.#faults.quotaBytes ?? Infinity);
    if (!isFull || this.#bytesByPath.has(path)) return;
    note('quota');
    throw fault('quota-exceeded', `"${path}" does not fit: ${this.#usedBytes} bytes are used`);
  }
}

type Run<Result> = (
  plan: CallPlan,
  random: () => number,
  note: (text: string) => void,
) => Promise<Result>;

const fault = (code: CloudError['code'], what: string): CloudError =>
  new CloudError(code, `cloud-storage/faulty: ${what}`);
