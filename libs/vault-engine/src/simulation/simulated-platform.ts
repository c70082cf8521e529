import { SimulatedSubtle } from './simulated-crypto.js';
import { SimulatedCompression, SimulatedDecompression } from './simulated-gzip.js';
import { cloneTree } from './clone-tree.js';

/**
 * Puts platform functions whose answers come from other threads, and so in an order that differs from run to run, in a form that answers at once: WebCrypto and the gzip
 * streams, with the same results. Only with it does a seed decide everything. `structuredClone`, by which the IndexedDB in memory spends most of its time, is made fast.
 * Gives the function that takes it all back.
 */
export function simulatePlatform(): () => void {
  const crypto = {
    subtle: new SimulatedSubtle(),
    // Names of databases that are named otherwise in a moment.
    randomUUID: () => '00000000-0000-4000-8000-000000000000',
    getRandomValues: banned('crypto.getRandomValues()'),
  };
  const undo = [
    replace('crypto', crypto),
    replace('CompressionStream', SimulatedCompression),
    replace('DecompressionStream', SimulatedDecompression),
    replace('structuredClone', cloneTree(globalThis.structuredClone)),
  ];
  return () => undo.forEach((one) => one());
}

/** Makes timers and chance that nobody decided fail, and stops the clock, which only the events of the IndexedDB look at: for a process that does nothing else than simulate. */
export function banAmbient(): void {
  Math.random = banned('Math.random()');
  Date.now = () => 0;
  globalThis.setTimeout = banned('setTimeout()') as never;
  globalThis.setInterval = banned('setInterval()') as never;
}

function banned(what: string): () => never {
  return () => {
    throw new Error(`${what} in a simulation: the seed must decide`);
  };
}

function replace(name: string, value: unknown): () => void {
  const old = Object.getOwnPropertyDescriptor(globalThis, name);
  Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
  return () => {
    if (old) Object.defineProperty(globalThis, name, old);
  };
}
