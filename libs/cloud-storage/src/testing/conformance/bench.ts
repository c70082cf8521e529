import { expect } from 'vitest';
import { type CloudErrorCode } from '../../port/cloud-error.js';
import { type CloudStorage } from '../../port/cloud-storage.js';
import { seededRandom } from '../seeded-random.js';

/** What a test of the contract works with; `cloud` and `folder` are new for each test. */
export interface Bench {
  readonly cloud: CloudStorage;
  readonly folder: string;
  readonly folderFiles: number;
  readonly refusesOtherSize: boolean;
  readonly settle: () => Promise<void>;
  readonly plant: ((path: string, bytes: Uint8Array) => Promise<void>) | undefined;
}

/** So many bytes of all values, the same ones each time for a seed. */
export const someBytes = (length: number, seed = 1): Uint8Array => {
  const random = seededRandom(seed);
  return Uint8Array.from({ length }, () => Math.floor(random() * 256));
};

/** Expects a `CloudError` of that code. */
export const expectCode = async (call: Promise<unknown>, code: CloudErrorCode): Promise<void> => {
  const outcome = await call.then(
    () => 'success',
    (error: unknown) => error,
  );
  expect(outcome).toMatchObject({ name: 'CloudError', code });
};

/** Expects the same bytes, without a diff of a million lines. */
export const expectBytes = (actual: Uint8Array, expected: Uint8Array): void => {
  expect(actual).toBeInstanceOf(Uint8Array);
  expect(actual.length).toBe(expected.length);
  expect(actual.findIndex((byte, index) => byte !== expected[index])).toBe(-1);
};

/** The paths of a listing, sorted. */
export const listPaths = async ({ cloud, settle }: Bench, folder: string) => {
  await settle();
  return (await cloud.list(folder)).map(({ path }) => path).sort();
};

/** Runs the task for each item, at most so many at a time. */
export const forEachOf = async <Item>(
  items: readonly Item[],
  atOnce: number,
  task: (item: Item) => Promise<unknown>,
): Promise<void> => {
  const queue = items.values();
  const work = async () => {
    for (const item of queue) await task(item);
  };
  await Promise.all(Array.from({ length: atOnce }, work));
};
