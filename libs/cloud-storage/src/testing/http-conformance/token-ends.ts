import { describe, expect, it } from 'vitest';
import { type CloudStorage } from '../../port/cloud-storage.js';
import { expectBytes } from '../conformance/bench.js';
import { faultyFetch } from '../faulty-fetch.js';
import { CONTENT, countCopies, type HttpBench, type TokenBench } from './http-bench.js';

/** More requests than a driver needs for all steps. */
const MOST_REQUESTS = 80;

/** A service whose token ends just before one request, counted from 0, and an application that may have another one. */
const createService = async (bench: TokenBench, endsAt: number, mayRenew: boolean) => {
  const state = { sent: 0, given: 1, refusals: 0, mayRenew };
  let isEnded = false;
  const { fetch } = faultyFetch(bench.fetch, ({ headers, method }) => {
    const token = bench.tokenOf(headers);
    if (token === null) return undefined;
    isEnded ||= state.sent === endsAt;
    state.sent += 1;
    if (!isEnded || token !== 'token-1') return undefined;
    state.refusals += 1;
    const { status, body } = bench.refused();
    return new Response(method === 'HEAD' ? null : body, { status });
  });
  const giveToken = async () => {
    if (isEnded && state.refusals > 0 && state.mayRenew) state.given = 2;
    return `token-${state.given}`;
  };
  return { cloud: await bench.create(fetch, giveToken), state };
};

/** A step of a small life of a vault, and what is to be seen of it. */
type Step = (cloud: CloudStorage) => Promise<void>;

/** Whenever a token ends, one other token is asked for; without one the call says `unauthorized`, and can be made again later. */
export const checkTokenEnds = (bench: HttpBench, tokens: TokenBench): void => {
  const { large = CONTENT } = bench;
  const stepsIn = (folder: string): readonly Step[] => [
    async (cloud) => cloud.connect?.({ interactive: false }),
    (cloud) => cloud.create(`${folder}/a/file`, CONTENT),
    (cloud) => cloud.create(`${folder}/a/large`, large),
    async (cloud) =>
      expect((await cloud.list(`${folder}/a`)).map(({ path }) => path).sort()).toEqual([
        `${folder}/a/file`,
        `${folder}/a/large`,
      ]),
    (cloud) => cloud.create(`${folder}/b/other`, CONTENT),
    async (cloud) => expect([...(await cloud.listFolders(folder))].sort()).toEqual(['a', 'b']),
    async (cloud) => expectBytes(await cloud.read(`${folder}/a/file`), CONTENT),
    async (cloud) => {
      const range = { offset: 10, length: 50 };
      expectBytes(await cloud.read(`${folder}/a/large`, { range }), large.slice(10, 60));
    },
    (cloud) => cloud.remove(`${folder}/a/file`),
  ];
  const expectAllThere = async (folder: string) => {
    const cloud = await bench.create(bench.fetch);
    expect((await cloud.list(`${folder}/a`)).map(({ path }) => path)).toEqual([
      `${folder}/a/large`,
    ]);
    expect((await cloud.list(`${folder}/b`)).map(({ path }) => path)).toEqual([
      `${folder}/b/other`,
    ]);
    expectBytes(await cloud.read(`${folder}/a/large`), large);
    expectBytes(await cloud.read(`${folder}/b/other`), CONTENT);
    for (const path of [`${folder}/a/large`, `${folder}/b/other`]) {
      expect(await countCopies(bench, cloud, path)).toBe(1);
    }
    for (const path of [folder, `${folder}/a`, `${folder}/b`]) {
      expect((await bench.copiesOf?.(path)) ?? 1).toBe(1);
    }
  };
  /** Lets the token end before the first request, then before the second, until there are no more. */
  const atEachRequest = async (
    mayRenew: boolean,
    run: (
      service: Awaited<ReturnType<typeof createService>>,
      steps: readonly Step[],
    ) => Promise<void>,
  ) => {
    for (let endsAt = 0; endsAt < MOST_REQUESTS; endsAt += 1) {
      const folder = bench.newFolder();
      const service = await createService(tokens, endsAt, mayRenew);
      await run(service, stepsIn(folder));
      await expectAllThere(folder);
      if (service.state.sent <= endsAt) return endsAt;
    }
    return expect.fail(`all steps made ${MOST_REQUESTS} requests and more`);
  };

  describe('a token that ends at any request', () => {
    it('is replaced once, and all goes on', async () => {
      const requests = await atEachRequest(true, async ({ cloud, state }, steps) => {
        for (const step of steps) await step(cloud);
        expect([state.given, state.refusals]).toEqual(state.refusals > 0 ? [2, 1] : [1, 0]);
      });
      expect(requests).toBeGreaterThanOrEqual(8);
    });

    it('is replaced once for all calls that are refused together', async () => {
      const folder = bench.newFolder();
      let isEnded = false;
      let asked = 0;
      let isRefused = false;
      const sound = await bench.create(bench.fetch);
      const { fetch } = faultyFetch(tokens.fetch, ({ headers }) => {
        if (!isEnded || tokens.tokenOf(headers) !== 'token-1') return undefined;
        isRefused = true;
        return tokens.refused();
      });
      const cloud = await tokens.create(fetch, async (refused) => {
        if (refused === undefined) return `token-${isRefused ? 2 : 1}`;
        asked += 1;
        // A sign-in takes a while.
        await sound.list(folder);
        return `token-${asked + 1}`;
      });
      await cloud.create(`${folder}/file`, CONTENT);
      isEnded = true;
      const parts = await Promise.all(
        Array.from({ length: 6 }, () => cloud.read(`${folder}/file`)),
      );
      for (const part of parts) expectBytes(part, CONTENT);
      // Where the driver does not say which token was refused, it only asks anew.
      expect(asked).toBeLessThanOrEqual(1);
    });

    it('and cannot be replaced ends the call as unauthorized, and nothing is lost or doubled', async () => {
      await atEachRequest(false, async ({ cloud, state }, steps) => {
        for (const step of steps) {
          const outcome = await step(cloud).then(
            () => 'done',
            (error: unknown) => error,
          );
          if (outcome === 'done') continue;
          expect(outcome).toMatchObject({ name: 'CloudError', code: 'unauthorized' });
          await expect(step(cloud)).rejects.toMatchObject({ code: 'unauthorized' });
          state.mayRenew = true;
          await step(cloud);
        }
      });
    });
  });
};
