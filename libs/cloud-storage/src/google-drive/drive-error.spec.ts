import { describe, expect, it } from 'vitest';
import { json, refusal } from '../../peers/google-drive/fake-answers.js';
import { bytesOf, setUp } from '../../peers/google-drive/set-up.js';
import { type CloudStorage } from '../port/cloud-storage.js';

const CALLS: Readonly<Record<string, (cloud: CloudStorage) => Promise<unknown>>> = {
  list: (cloud) => cloud.list('a'),
  listFolders: (cloud) => cloud.listFolders('a'),
  read: (cloud) => cloud.read('a/file'),
  create: (cloud) => cloud.create('a/file', bytesOf('x')),
  remove: (cloud) => cloud.remove('a/file'),
};

const MEANINGS = [
  [401, 'authError', 'unauthorized'],
  [403, 'userRateLimitExceeded', 'rate-limited'],
  [403, 'rateLimitExceeded', 'rate-limited'],
  [403, 'sharingRateLimitExceeded', 'rate-limited'],
  [403, 'dailyLimitExceeded', 'rate-limited'],
  [403, 'downloadQuotaExceeded', 'rate-limited'],
  [403, 'RATE_LIMIT_EXCEEDED', 'rate-limited'],
  [403, 'storageQuotaExceeded', 'quota-exceeded'],
  [403, 'quotaExceeded', 'quota-exceeded'],
  [403, 'activeItemCreationLimitExceeded', 'quota-exceeded'],
  [403, 'numChildrenInNonRootLimitExceeded', 'quota-exceeded'],
  [403, 'insufficientFilePermissions', 'forbidden'],
  [403, 'insufficientPermissions', 'forbidden'],
  [403, 'appNotAuthorizedToFile', 'forbidden'],
  [403, 'domainPolicy', 'forbidden'],
  [403, 'accessNotConfigured', 'forbidden'],
  [403, 'cannotDownloadAbusiveFile', 'forbidden'],
  [403, 'somethingNew', 'forbidden'],
  [429, 'rateLimitExceeded', 'rate-limited'],
  [500, 'internalError', 'unavailable'],
  [502, 'badGateway', 'unavailable'],
  [503, 'backendError', 'unavailable'],
  [504, 'gatewayTimeout', 'unavailable'],
  [418, 'teapot', 'invalid'],
] as const;

describe('googleDriveCloud', () => {
  it.each(
    Object.keys(CALLS).flatMap((name) => MEANINGS.map((meaning) => [name, ...meaning] as const)),
  )('answers %s with %i %s: %s', async (name, status, reason, code) => {
    const { drive, cloud } = setUp();
    drive.around = () => refusal(status, reason);
    await expect(CALLS[name]?.(cloud)).rejects.toMatchObject({
      name: 'CloudError',
      code,
      details: { status, reason },
    });
  });

  it.each(Object.keys(CALLS))('is offline in %s when nothing answers', async (name) => {
    const { drive, cloud } = setUp();
    drive.around = () => Promise.reject(new TypeError('fetch failed'));
    await expect(CALLS[name]?.(cloud)).rejects.toMatchObject({ code: 'offline' });
  });

  it('passes on how long Google asks to wait', async () => {
    const { drive, cloud } = setUp();
    for (const status of [403, 429, 503]) {
      const error = { errors: [{ reason: 'userRateLimitExceeded' }] };
      drive.around = () => json({ error }, status, { 'Retry-After': '7' });
      await expect(cloud.list('a')).rejects.toMatchObject({ retryAfterMs: 7000 });
    }
  });

  it('reads the newer form of errors', async () => {
    const { drive, cloud } = setUp();
    const details = [
      { '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason: 'RATE_LIMIT_EXCEEDED' },
    ];
    drive.around = () => json({ error: { code: 403, details } }, 403);
    await expect(cloud.list('a')).rejects.toMatchObject({ code: 'rate-limited' });
  });

  it.each([
    ['no body', new Response(null, { status: 403 })],
    ['a page', new Response('<html>', { status: 403 })],
    ['something else', json(['error'], 403)],
    ['null', json(null, 403)],
    ['a reason that is no word', refusal(403, 'see <a href="https://evil.test">')],
    ['a reason that is no text', json({ error: { errors: [{ reason: 5 }, null] } }, 403)],
  ])('takes a 403 with %s for forbidden, and repeats nothing of it', async (_, answer) => {
    const { drive, cloud } = setUp();
    drive.around = () => answer.clone();
    const error = await cloud.list('a').catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'forbidden', details: { status: 403 } });
    expect(String(error)).not.toContain('evil');
  });

  it('says what Google says, in its one word, for a developer to look up', async () => {
    const { drive, cloud } = setUp();
    drive.around = () => refusal(403, 'accessNotConfigured');
    await expect(cloud.list('a')).rejects.toThrow(
      'cloud-storage/google-drive: list "a" (accessNotConfigured) was answered with 403',
    );
  });

  it('never has the token in an error', async () => {
    const { drive, cloud } = setUp();
    drive.around = (request) => refusal(500, request.headers.get('Authorization') ?? '');
    const error = await cloud.list('a').catch((thrown: unknown) => thrown);
    expect(String(error) + JSON.stringify(error)).not.toContain('valid-token');
  });
});
