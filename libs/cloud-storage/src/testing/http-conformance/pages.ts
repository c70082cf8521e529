import { beforeAll, describe, expect, it } from 'vitest';
import { CloudError } from '../../port/cloud-error.js';
import { forEachOf } from '../conformance/bench.js';
import { faultyFetch, type HttpFault } from '../faulty-fetch.js';
import { CONTENT, type HttpBench, type PageBench } from './http-bench.js';

/** More than two pages of a thousand, and one more. */
const FILES = 2501;

/** A listing of many small pages has every file once, or it fails. */
export const checkPages = (bench: HttpBench, { fetch, isLaterPage, expired }: PageBench): void => {
  describe(`pages of ${FILES.toLocaleString('en')} files`, () => {
    const folder = `${bench.newFolder()}/many`;
    const paths = Array.from(
      { length: FILES },
      (_, index) => `${folder}/${index + 10_000}.json.gz`,
    );
    /** What the driver made of it, and how many pages behind the first it asked for. */
    const list = async (faultOf: (laterPage: number) => HttpFault | undefined) => {
      let laterPages = 0;
      const faulty = faultyFetch(fetch, (call) =>
        isLaterPage(call) ? faultOf((laterPages += 1)) : undefined,
      );
      const cloud = await bench.create(faulty.fetch);
      const outcome = await cloud.list(folder).then(
        (files) => files.map(({ path }) => path).sort(),
        (error: unknown) => error,
      );
      return { outcome, laterPages };
    };
    let half = 0;

    beforeAll(async () => {
      const cloud = await bench.create(bench.fetch);
      await forEachOf(paths, 8, (path) => cloud.create(path, CONTENT));
      half = Math.ceil((await list(() => undefined)).laterPages / 2);
    }, 120_000);

    it('show each once', async () => {
      const { outcome, laterPages } = await list(() => undefined);
      expect(outcome).toEqual(paths);
      expect(laterPages).toBeGreaterThan(10);
    });

    it('begin anew when their token expires half-way', async () => {
      const { outcome, laterPages } = await list((page) => (page === half ? expired() : undefined));
      expect(outcome).toEqual(paths);
      expect(laterPages).toBeGreaterThan(2 * half);
    });

    it('are no listing when their token keeps expiring half-way', async () => {
      let sinceExpired = 0;
      const { outcome } = await list(() => {
        sinceExpired = sinceExpired === half ? 1 : sinceExpired + 1;
        return sinceExpired === half ? expired() : undefined;
      });
      expect(outcome).toBeInstanceOf(CloudError);
      expect(outcome).toMatchObject({ code: 'unavailable' });
    });

    it.each(['unsent', 'lost-reply', 'cut', 'short'] as const)(
      'are no listing when one is lost half-way: %s',
      async (fault) => {
        const { outcome } = await list((page) => (page === half ? fault : undefined));
        expect(outcome).toBeInstanceOf(CloudError);
        expect(['offline', 'unavailable']).toContain((outcome as CloudError).code);
      },
    );
  });
};
