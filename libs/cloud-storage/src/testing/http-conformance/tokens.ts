import { describe, expect, it } from 'vitest';
import { expectBytes } from '../conformance/bench.js';
import { faultyFetch } from '../faulty-fetch.js';
import { CALLS, CONTENT, type TokenBench } from './http-bench.js';

/** Requests that one call may send with tokens that are refused. */
const MOST_REFUSED = 2;

/** A service whose bearer tokens are good for so many requests each, and an application that learns of it only by a refusal. */
const createStingyService = async (bench: TokenBench, usesOfToken: number) => {
  const usesLeft = new Map<string, number>();
  const refused = new Set<string>();
  let current = '';
  const { fetch, calls } = faultyFetch(bench.fetch, ({ headers }) => {
    const token = bench.tokenOf(headers);
    if (token === null) return undefined;
    const left = usesLeft.get(token) ?? 0;
    usesLeft.set(token, left - 1);
    if (left > 0) return undefined;
    refused.add(token);
    return bench.refused();
  });
  const giveToken = async () => {
    if (current === '' || refused.has(current)) {
      current = `token-${usesLeft.size}`;
      usesLeft.set(current, usesOfToken);
    }
    return current;
  };
  return { cloud: await bench.create(fetch, giveToken), calls };
};

/** A token that dies costs one request and nobody's attention; only when a new one is refused too, the person has to sign in. */
export const checkTokens = (bench: TokenBench, newFolder: () => string): void => {
  describe('tokens', () => {
    it.each([1, 2, 3])('may die after %i requests each', async (usesOfToken) => {
      const { cloud } = await createStingyService(bench, usesOfToken);
      const folder = newFolder();
      await cloud.connect?.({ interactive: false });
      await cloud.create(`${folder}/a/file`, CONTENT);
      await cloud.create(`${folder}/a/other`, CONTENT);
      expect((await cloud.list(`${folder}/a`)).map(({ path }) => path).sort()).toEqual([
        `${folder}/a/file`,
        `${folder}/a/other`,
      ]);
      expect(await cloud.listFolders(folder)).toEqual(['a']);
      expectBytes(await cloud.read(`${folder}/a/file`), CONTENT);
      const range = { offset: 10, length: 5 };
      expectBytes(await cloud.read(`${folder}/a/file`, { range }), CONTENT.slice(10, 15));
      await cloud.remove(`${folder}/a/file`);
      expect((await cloud.list(`${folder}/a`)).map(({ path }) => path)).toEqual([
        `${folder}/a/other`,
      ]);
    });

    it.each(Object.entries(CALLS))(
      'that are all refused end %s as unauthorized, soon',
      async (_, call) => {
        const { cloud, calls } = await createStingyService(bench, 0);
        const path = `${newFolder()}/file`;
        await expect(call(cloud, path)).rejects.toMatchObject({ code: 'unauthorized' });
        expect(calls.length).toBeLessThanOrEqual(MOST_REFUSED);
      },
    );

    it('that cannot be had are told as unauthorized, and nothing is sent', async () => {
      const { fetch, calls } = faultyFetch(bench.fetch, () => undefined);
      const cause = new Error('signed out');
      const cloud = await bench.create(fetch, () => Promise.reject(cause));
      for (const call of Object.values(CALLS)) {
        await expect(call(cloud, `${newFolder()}/file`)).rejects.toMatchObject({
          code: 'unauthorized',
        });
      }
      expect(calls).toEqual([]);
    });
  });
};
