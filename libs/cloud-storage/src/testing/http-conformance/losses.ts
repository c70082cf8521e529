import { describe, expect, it } from 'vitest';
import { CloudError } from '../../port/cloud-error.js';
import { type CloudStorage } from '../../port/cloud-storage.js';
import { expectBytes } from '../conformance/bench.js';
import { type HttpFault } from '../faulty-fetch.js';
import {
  CALLS,
  CONTENT,
  countCopies,
  createFaulty,
  READS,
  type HttpBench,
  type PortCall,
} from './http-bench.js';

/** More requests than a driver needs for one call. */
const MOST_REQUESTS = 30;

/** A request or a reply that is lost is told, and whatever was lost, doing it again is right. */
export const checkLosses = (bench: HttpBench): void => {
  /** Runs the call on new clouds, with the fault in its first request, then in its second, until there are no more. */
  const atEachRequest = async (
    fault: HttpFault,
    run: PortCall,
    check: (outcome: unknown, cloud: CloudStorage, path: string) => Promise<void>,
  ) => {
    for (let index = 0; index < MOST_REQUESTS; index += 1) {
      const path = `${bench.newFolder()}/file`;
      const sound = await bench.create(bench.fetch);
      await sound.create(path, CONTENT);
      let isStarted = false;
      let sent = 0;
      const { cloud } = await createFaulty(bench, () =>
        isStarted && sent++ === index ? fault : undefined,
      );
      await cloud.connect?.({ interactive: false });
      isStarted = true;
      const outcome = await run(cloud, path).catch((error: unknown) => error);
      isStarted = false;
      await check(outcome, sound, path);
      if (sent <= index) return;
    }
    expect.fail(`one call made ${MOST_REQUESTS} requests and more`);
  };

  describe('losses', () => {
    const createFaults = [CONTENT, ...(bench.large ? [bench.large] : [])].flatMap((bytes) =>
      (['unsent', 'lost-reply', 'cut'] as const).map((fault) => ({
        fault,
        bytes,
        length: bytes.length,
      })),
    );
    it.each(createFaults)(
      'leaves one whole file of $length bytes when create is repeated after $fault, wherever that was',
      async ({ fault, bytes }) => {
        // By the same driver, or by a new one, as after a reload of the page.
        for (const isSameDriver of [true, false]) {
          const clouds: CloudStorage[] = [];
          const create: PortCall = (cloud, path) => {
            clouds.push(cloud);
            return cloud.create(`${path}-new`, bytes);
          };
          await atEachRequest(fault, create, async (outcome, sound, path) => {
            if (outcome !== undefined) expectLoss(outcome);
            const again = isSameDriver ? clouds.at(-1) : await bench.create(bench.fetch);
            await again?.create(`${path}-new`, bytes);
            expectBytes(await sound.read(`${path}-new`), bytes);
            expect(await pathsBeside(sound, path)).toEqual([path, `${path}-new`]);
            expect(await countCopies(bench, sound, `${path}-new`)).toBe(1);
          });
        }
      },
    );

    it.each(['unsent', 'lost-reply'] as const)(
      'leaves nothing when remove is repeated after %s, wherever that was',
      (fault) =>
        atEachRequest(
          fault,
          (cloud, path) => cloud.remove(path),
          async (outcome, sound, path) => {
            if (outcome !== undefined) expectLoss(outcome);
            await sound.remove(path);
            expect(await pathsBeside(sound, path)).toEqual([]);
          },
        ),
    );

    it.each(['unsent', 'lost-reply', 'cut', 'short'] as const)(
      'gives all or fails when an answer to a reading call is lost: %s',
      async (fault) => {
        for (const call of Object.values(READS)) {
          await atEachRequest(fault, call, async (outcome, sound, path) => {
            if (outcome instanceof Error) expectLoss(outcome);
            else expect(outcome).toEqual(await call(sound, path));
            expect(await countCopies(bench, sound, path)).toBe(1);
          });
        }
      },
    );

    it('gives the part that was asked for when the service ignores ranges', async () => {
      const path = `${bench.newFolder()}/file`;
      const { cloud } = await createFaulty(bench, () => 'no-ranges');
      await cloud.create(path, CONTENT);
      for (const [offset, length] of [
        [0, 1],
        [10, 50],
        [90, 50],
        [100, 5],
        [5000, 5],
        [20, 0],
      ] as const) {
        const part = await cloud.read(path, { range: { offset, length } });
        expectBytes(part, CONTENT.slice(offset, offset + length));
      }
    });

    it('finds a file again that listings do not show yet', async () => {
      const folder = bench.newFolder();
      let isLagging = false;
      const { cloud } = await createFaulty(bench, (call) =>
        isLagging && bench.isListing(call) ? 'stale' : undefined,
      );
      await cloud.create(`${folder}/old`, CONTENT);
      expect(await pathsBeside(cloud, `${folder}/old`)).toEqual([`${folder}/old`]);
      isLagging = true;
      await cloud.create(`${folder}/new`, CONTENT);
      expectBytes(await cloud.read(`${folder}/new`), CONTENT);
      await cloud.create(`${folder}/new`, CONTENT);
      expect(await pathsBeside(cloud, `${folder}/old`)).toEqual([`${folder}/old`]);
      isLagging = false;
      expect(await pathsBeside(cloud, `${folder}/old`)).toEqual([`${folder}/new`, `${folder}/old`]);
    });

    it.each(Object.entries(CALLS))(
      'ends %s under way when its caller gives up',
      async (_, call) => {
        const path = `${bench.newFolder()}/file`;
        await (await bench.create(bench.fetch)).create(path, CONTENT);
        const aborter = new AbortController();
        let isStarted = false;
        const { cloud } = await createFaulty(bench, () => {
          if (isStarted) queueMicrotask(() => aborter.abort(new Error('no longer wanted')));
          return isStarted ? 'silent' : undefined;
        });
        await cloud.connect?.({ interactive: false });
        isStarted = true;
        await expect(call(cloud, path, aborter.signal)).rejects.toMatchObject({ code: 'aborted' });
      },
    );
  });
};

const pathsBeside = (cloud: CloudStorage, path: string): Promise<readonly string[]> =>
  cloud
    .list(path.slice(0, path.lastIndexOf('/')))
    .then((files) => [...new Set(files.map((file) => file.path))].sort());

const expectLoss = (error: unknown): void => {
  expect(error).toBeInstanceOf(CloudError);
  expect(['offline', 'unavailable', 'invalid']).toContain((error as CloudError).code);
};
