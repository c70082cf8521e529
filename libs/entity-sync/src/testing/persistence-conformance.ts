import { describe, it } from 'vitest';
import {
  type AtomicPersistence,
  type IPersistence,
  type IStore,
  type MergingPersistence,
  type PatchingPersistence,
} from '../tiers/persistence.js';
import { atomicTests } from './conformance/atomic.js';
import { type TierTest } from './conformance/tier-test.js';
import { mergingTests } from './conformance/merging.js';
import { patchingTests } from './conformance/patching.js';
import { plainTests, type PlainPromise } from './conformance/plain.js';
import { storeTests } from './conformance/store.js';

/** What the kits cannot find out by themselves. */
export interface ConformanceOptions<Tier> {
  /**
   * What this tier does not promise, so that it is not tested: `copies` (it hands out what it was given, as a map in memory does), `any-key` (keys
   * that an ordinary object has anyway, such as `__proto__`).
   */
  readonly without?: readonly PlainPromise[];
  /** Ends what `create` opened. */
  readonly close?: (tier: Tier) => Promise<void>;
}

/** Registers the tests that every `IPersistence` passes that replaces what it stores. `create` gives an empty one. For vitest; needs fast-check. */
export function persistenceConformance(
  name: string,
  create: () => Promise<IPersistence> | IPersistence,
  options: ConformanceOptions<IPersistence> = {},
): void {
  describe(`${name} keeps the promises of IPersistence`, () =>
    plainTests(testOf(create, options), options.without ?? []));
}

/** Registers the tests that every `IStore` passes, besides those of `persistenceConformance`. */
export function storeConformance(
  name: string,
  create: () => Promise<IStore> | IStore,
  options: ConformanceOptions<IStore> = {},
): void {
  describe(`${name} keeps the promises of IStore`, () =>
    storeTests(testOf(create, options), options.without ?? []));
}

/** Registers the tests that every `AtomicPersistence` passes, besides those of `persistenceConformance`. */
export function atomicPersistenceConformance(
  name: string,
  create: () => Promise<AtomicPersistence> | AtomicPersistence,
  options: ConformanceOptions<AtomicPersistence> = {},
): void {
  describe(`${name} keeps the promises of AtomicPersistence`, () =>
    atomicTests(testOf(create, options)));
}

/** Registers the tests that every `PatchingPersistence` passes, besides those of `atomicPersistenceConformance`. */
export function patchingPersistenceConformance(
  name: string,
  create: () => Promise<PatchingPersistence> | PatchingPersistence,
  options: ConformanceOptions<PatchingPersistence> = {},
): void {
  describe(`${name} keeps the promises of PatchingPersistence`, () =>
    patchingTests(testOf(create, options)));
}

/** Two devices that share one place. */
export interface SharedTiers {
  readonly one: MergingPersistence;
  readonly other: MergingPersistence;
}

/** Registers the tests that every `MergingPersistence` passes. `create` gives two devices over one empty place. */
export function mergingPersistenceConformance(
  name: string,
  create: () => Promise<SharedTiers> | SharedTiers,
  options: ConformanceOptions<SharedTiers> = {},
): void {
  describe(`${name} keeps the promises of MergingPersistence`, () =>
    mergingTests(testOf(create, options)));
}

/** Each test gets a tier of its own. */
const testOf =
  <Tier>(create: () => Promise<Tier> | Tier, { close }: ConformanceOptions<Tier>): TierTest<Tier> =>
  (title, run) =>
    it(title, { timeout: 60_000 }, async () => {
      const tier = await create();
      try {
        await run(tier);
      } finally {
        await close?.(tier);
      }
    });
