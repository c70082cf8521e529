import { describe, expect, it } from 'vitest';
import { CloudError } from '../../port/cloud-error.js';
import { CALLS, CONTENT, createFaulty, type HttpBench } from './http-bench.js';

const STATUSES = [
  400, 401, 402, 403, 404, 405, 408, 409, 410, 411, 412, 413, 414, 415, 416, 418, 421, 422, 423,
  424, 425, 426, 428, 429, 431, 451, 500, 501, 502, 503, 504, 505, 507, 508, 511, 520, 522, 599,
] as const;

/** What a call may make of a status besides failing: a folder or file that is not there, a part behind the end, a file that is there. */
const MAY_SUCCEED: Readonly<Record<number, readonly string[]>> = {
  404: ['list', 'listFolders', 'remove'],
  409: ['list', 'listFolders', 'remove', 'create'],
  410: ['list', 'listFolders', 'remove'],
  416: ['read a part'],
};

/** Whatever a service answers becomes a `CloudError`, and no failure looks like an empty folder or a file that was written. */
export const checkAnswers = (bench: HttpBench): void => {
  /** The calls on a cloud that was signed in and now gets this answer to every request. */
  const outcomesOf = async (answer: () => Response) => {
    const path = `${bench.newFolder()}/file`;
    await (await bench.create(bench.fetch)).create(path, CONTENT);
    const outcomes = new Map<string, unknown>();
    for (const [name, call] of Object.entries(CALLS)) {
      let isStarted = false;
      const { cloud } = await createFaulty(bench, () => (isStarted ? answer() : undefined));
      await cloud.connect?.({ interactive: false });
      isStarted = true;
      const outcome = call(cloud, path).then(
        () => 'success',
        (error: unknown) => error,
      );
      outcomes.set(name, await outcome);
    }
    return outcomes;
  };

  describe('answers', () => {
    it.each(STATUSES)('become errors of a cloud: %i', async (status) => {
      for (const [name, outcome] of await outcomesOf(() => new Response(null, { status }))) {
        if (MAY_SUCCEED[status]?.includes(name) && outcome === 'success') continue;
        expect(outcome, name).toBeInstanceOf(CloudError);
      }
    });

    it.each([
      [401, ['unauthorized']],
      [403, ['forbidden']],
      [429, ['rate-limited']],
      [503, ['unavailable', 'rate-limited']],
    ])('mean the same in every call: %i', async (status, codes) => {
      for (const [name, outcome] of await outcomesOf(() => new Response(null, { status }))) {
        expect(codes, name).toContain((outcome as CloudError).code);
      }
    });

    it.each([429, 503])('say how long to wait: %i', async (status) => {
      const headers = { 'Retry-After': '7' };
      for (const [name, outcome] of await outcomesOf(
        () => new Response(null, { status, headers }),
      )) {
        expect(outcome, name).toMatchObject({ retryAfterMs: 7000 });
      }
    });

    it.each([
      ['a page to sign in at a hotel', '<!doctype html><html><body>Welcome</body></html>'],
      ['nothing at all', ''],
      ['words', 'OK'],
      ['a beginning', '{"files":[{"name":"a'],
    ])('that are %s are no listing', async (_, body) => {
      const headers = { 'Content-Type': 'text/html' };
      const outcomes = await outcomesOf(() => new Response(body, { headers }));
      for (const name of ['list', 'listFolders']) {
        expect(outcomes.get(name), name).toBeInstanceOf(CloudError);
      }
    });
  });
};
