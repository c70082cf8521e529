import { describe, expect, it } from 'vitest';
import { refusal } from '../../peers/google-drive/fake-answers.js';
import { only, setUp } from '../../peers/google-drive/set-up.js';

const MIB = 1024 * 1024;

/** 11 MiB, which are three parts; not a multiple of anything. */
const large = new Uint8Array(11 * MIB + 1).map((_, index) => (index * 7) % 251);

/** What a request to a session says that it brings. */
const rangeOf = (request: Request) => request.headers.get('Content-Range') ?? '';

const PARTS = ['0-4194303', '4194304-8388607', '8388608-11534336'].map(
  (part) => `bytes ${part}/11534337`,
);
const ASKING = 'bytes */11534337';

/** A cloud whose folder `a` is there and known, and the ranges that its sessions are sent. */
const setUpUpload = async () => {
  const env = setUp({ token: async () => [...env.drive.tokens].at(-1) ?? 'none' });
  await env.cloud.create('a/before', new Uint8Array(1));
  const ranges: string[] = [];
  const passOn = env.drive.around;
  /** Breaks requests to sessions; the index counts them from 0. */
  const breakSessions = (
    around: (
      index: number,
      pass: () => Promise<Response>,
      request: Request,
    ) => Promise<Response> | Response,
  ): void => {
    env.drive.around = (request, pass) => {
      if (request.method !== 'PUT') return passOn(request, pass);
      ranges.push(rangeOf(request));
      return around(ranges.length - 1, pass, request);
    };
  };
  breakSessions((_, pass) => pass());
  const expectFile = async () => {
    expect(Buffer.compare(only(env.at('a/large')).bytes, large)).toBe(0);
    expect(Buffer.compare(await env.cloud.read('a/large'), large)).toBe(0);
  };
  env.newRequests();
  return { ...env, ranges, breakSessions, expectFile };
};

describe('googleDriveCloud create of large files', { timeout: 60_000 }, () => {
  it('sends up to 5 MB in one request', async () => {
    const { cloud, newRequests } = await setUpUpload();
    await cloud.create('a/1', large.subarray(0, 5_000_000));
    expect(newRequests()).toEqual(['POST upload files']);
  });

  it('sends more in parts of multiples of 256 KiB', async () => {
    const { cloud, ranges, newRequests, expectFile } = await setUpUpload();
    await cloud.create('a/large', large);
    expect(ranges).toEqual(PARTS);
    expect(newRequests()).toEqual(['POST upload files', ...PARTS.map(() => 'PUT upload files')]);
    await expectFile();
  });

  it('goes on where Google says after the token ended half-way', async () => {
    const { drive, cloud, ranges, breakSessions, expectFile } = await setUpUpload();
    breakSessions((index, pass) => {
      if (index === 1) {
        drive.tokens.clear();
        drive.tokens.add('next-token');
      }
      return pass();
    });
    await cloud.create('a/large', large);
    expect(ranges).toEqual([PARTS[0], PARTS[1], ASKING, PARTS[1], PARTS[2]]);
    await expectFile();
  });

  it('is unauthorized when there is no other token, and goes on after a sign-in', async () => {
    const { drive, cloud, ranges, breakSessions, expectFile } = await setUpUpload();
    breakSessions((index, pass) => {
      if (index === 2) drive.tokens.clear();
      return pass();
    });
    await expect(cloud.create('a/large', large)).rejects.toMatchObject({ code: 'unauthorized' });
    drive.tokens.add('after-sign-in');
    ranges.length = 0;
    await cloud.create('a/large', Uint8Array.from(large));
    expect(ranges).toEqual([ASKING, PARTS[2]]);
    await expectFile();
  });

  it.each([
    ['a dead network', () => Promise.reject(new TypeError('fetch failed')), 'offline'],
    ['a failing service', () => new Response(null, { status: 503 }), 'unavailable'],
    ['a limit', () => refusal(403, 'userRateLimitExceeded'), 'rate-limited'],
    ['a full storage', () => refusal(403, 'storageQuotaExceeded'), 'quota-exceeded'],
  ])('tells %s, and uploads nothing twice when it is tried again', async (_, answer, code) => {
    const { cloud, ranges, breakSessions, expectFile } = await setUpUpload();
    breakSessions((index, pass) => (index === 2 ? answer() : pass()));
    await expect(cloud.create('a/large', large)).rejects.toMatchObject({ code });
    await cloud.create('a/large', large);
    expect(ranges).toEqual([...PARTS, ASKING, PARTS[2]]);
    await expectFile();
  });

  it('goes on in the middle of a part when Google kept only that much', async () => {
    const { drive, cloud, ranges, breakSessions, expectFile } = await setUpUpload();
    breakSessions(async (index, pass) => {
      const answer = await pass();
      if (index !== 0) return answer;
      const [session] = drive.uploads.sessions.values();
      if (session) session.bytes = session.bytes.subarray(0, MIB);
      return new Response(null, { status: 308, headers: { Range: `bytes=0-${MIB - 1}` } });
    });
    await cloud.create('a/large', large);
    expect(ranges[1]).toBe('bytes 1048576-5242879/11534337');
    await expectFile();
  });

  it.each([404, 410])(
    'begins again under the same id when the session is gone (%i)',
    async (status) => {
      const { drive, cloud, at, breakSessions, expectFile } = await setUpUpload();
      const ids: unknown[] = [];
      breakSessions((index, pass) => {
        ids.push(...[...drive.uploads.sessions.values()].map(({ file }) => file.id));
        if (index !== 1) return pass();
        drive.uploads.sessions.clear();
        return new Response(null, { status });
      });
      await cloud.create('a/large', large);
      expect(new Set(ids).size).toBe(1);
      expect(only(at('a/large')).id).toBe(ids[0]);
      await expectFile();
    },
  );

  it('gives up on sessions that are gone again and again', async () => {
    const { drive, cloud, breakSessions } = await setUpUpload();
    breakSessions((_, pass) => {
      drive.uploads.sessions.clear();
      return pass();
    });
    await expect(cloud.create('a/large', large)).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('leaves one file when the last reply got lost', async () => {
    const { cloud, at, ranges, breakSessions, expectFile } = await setUpUpload();
    breakSessions(async (index, pass) => {
      const answer = await pass();
      if (index === 2) throw new TypeError('fetch failed');
      return answer;
    });
    await expect(cloud.create('a/large', large)).rejects.toMatchObject({ code: 'offline' });
    expect(at('a/large')).toHaveLength(1);
    await cloud.create('a/large', large);
    expect(ranges).toEqual([...PARTS, ASKING]);
    await expectFile();
  });

  it('does not add other bytes of the same length to what was begun', async () => {
    const { cloud, ranges, breakSessions, expectFile } = await setUpUpload();
    breakSessions((index, pass) => (index === 1 ? new Response(null, { status: 500 }) : pass()));
    const other = Uint8Array.from(large);
    other[0] = 255;
    await expect(cloud.create('a/large', other)).rejects.toMatchObject({ code: 'unavailable' });
    await cloud.create('a/large', large);
    expect(ranges).toEqual([PARTS[0], PARTS[1], ...PARTS]);
    await expectFile();
  });

  it('sends everything at once when a page may not see how far it is', async () => {
    const { cloud, ranges, breakSessions, expectFile } = await setUpUpload();
    breakSessions(async (_, pass) => {
      const answer = await pass();
      return answer.status === 308 ? new Response(null, { status: 308 }) : answer;
    });
    await cloud.create('a/large', large);
    expect(ranges.at(-1)).toBe('bytes 0-11534336/11534337');
    await expectFile();
  });

  it('gives up when the upload does not get on', async () => {
    const { cloud, breakSessions } = await setUpUpload();
    breakSessions(() => new Response(null, { status: 308 }));
    await expect(cloud.create('a/large', large)).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('gives up when every part, but no question, is unauthorized', async () => {
    const { cloud, breakSessions } = await setUpUpload();
    breakSessions((_, pass, request) =>
      rangeOf(request) === ASKING ? pass() : refusal(401, 'authError'),
    );
    await expect(cloud.create('a/large', large)).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('asks again when all has arrived and the file is not told of yet', async () => {
    const { cloud, ranges, breakSessions, expectFile } = await setUpUpload();
    breakSessions(async (index, pass) => {
      const answer = await pass();
      const headers = { Range: `bytes=0-${large.length - 1}` };
      return index === 2 ? new Response(null, { status: 308, headers }) : answer;
    });
    await cloud.create('a/large', large);
    expect(ranges).toEqual([...PARTS, ASKING]);
    await expectFile();
  });

  it('makes the folder again that is gone when the upload ends', async () => {
    const { drive, cloud, at, breakSessions, expectFile } = await setUpUpload();
    breakSessions((index, pass) => {
      if (index === 2) drive.store.remove(only(at('a')).id);
      return pass();
    });
    await cloud.create('a/large', large);
    await expectFile();
  });

  it('gives the token to no other server than Google’s API', async () => {
    const { drive, cloud } = await setUpUpload();
    const seen: (string | null)[] = [];
    drive.around = async (request, pass) => {
      if (request.method === 'PUT') {
        seen.push(request.headers.get('Authorization'));
        return new Response(null, { status: 503 });
      }
      const answer = await pass();
      if (!answer.headers.has('Location')) return answer;
      return new Response(null, { headers: { Location: 'https://uploads.test/session' } });
    };
    await expect(cloud.create('a/large', large)).rejects.toMatchObject({ code: 'unavailable' });
    expect(seen).toEqual([null]);
  });

  it('is unavailable when the answer does not say where to upload to', async () => {
    const { drive, cloud } = await setUpUpload();
    drive.around = async (_, pass) => new Response(null, { status: (await pass()).status });
    await expect(cloud.create('a/large', large)).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('ends between parts for a caller who gives up', async () => {
    const { cloud, at, ranges, breakSessions } = await setUpUpload();
    const aborter = new AbortController();
    breakSessions((index, pass) => {
      if (index === 1) aborter.abort('enough');
      return pass();
    });
    const { signal } = aborter;
    await expect(cloud.create('a/large', large, { signal })).rejects.toMatchObject({
      code: 'aborted',
      cause: 'enough',
    });
    expect(ranges).toHaveLength(2);
    expect(at('a/large')).toEqual([]);
  });
});
