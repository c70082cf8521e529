import { beforeEach, describe } from 'vitest';
import { type CloudStorage } from '../port/cloud-storage.js';
import { checkCancelling } from './conformance/cancelling.js';
import { checkFiles } from './conformance/files.js';
import { checkForeignFiles } from './conformance/foreign-files.js';
import { checkListings } from './conformance/listings.js';
import { checkNames } from './conformance/names.js';
import { checkRanges } from './conformance/ranges.js';
import { type Bench } from './conformance/bench.js';

/** What a service needs the contract's suite to know. */
export interface ConformanceOptions {
  /** Files in the largest folder; default 2,501, more than two pages of 1,000. Fewer for a slow service. */
  readonly folderFiles?: number;
  /**
   * Whether the service can refuse to write over a file without a read before; default true. When false, `create` of another size must
   * leave the new bytes, whole.
   */
  readonly refusesOtherSize?: boolean;
  /** Runs before each listing that must show what was written, for services whose listings lag. */
  readonly settle?: () => Promise<void>;
  /**
   * Writes a file into a folder that exists, as another program would, whatever its name. Without it the driver writes the files of
   * other programs itself, where the service has a place for them.
   */
  readonly plant?: (path: string, bytes: Uint8Array) => Promise<void>;
  /** For one test; default 60,000 ms. */
  readonly timeoutMs?: number;
}

/**
 * Registers the tests of every guarantee that `CloudStorage` makes. `create` gives a cloud for each test, a new one or the same: each
 * test works in a folder of its own (`conformance-<uuid>`), which it leaves behind. Needs Vitest.
 */
export const cloudStorageConformance = (
  name: string,
  create: () => CloudStorage | Promise<CloudStorage>,
  options: ConformanceOptions = {},
): void => {
  describe(`CloudStorage: ${name}`, { timeout: options.timeoutMs ?? 60_000 }, () => {
    let cloud: CloudStorage;
    let folder: string;
    beforeEach(async () => {
      cloud = await create();
      folder = `conformance-${crypto.randomUUID()}`;
    });
    const bench: Bench = {
      get cloud() {
        return cloud;
      },
      get folder() {
        return folder;
      },
      folderFiles: options.folderFiles ?? 2501,
      refusesOtherSize: options.refusesOtherSize ?? true,
      settle: options.settle ?? (() => Promise.resolve()),
      plant: options.plant,
    };
    checkFiles(bench);
    checkRanges(bench);
    checkListings(bench);
    checkNames(bench);
    checkForeignFiles(bench);
    checkCancelling(bench);
  });
};
