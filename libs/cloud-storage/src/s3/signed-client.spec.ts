import { afterEach, describe, expect, it, vi } from 'vitest';

afterEach(() => void vi.doUnmock('./sign-request.js'));

describe('a driver whose signing code cannot be loaded', () => {
  it('is offline, sends nothing, and works once the code can be loaded', async () => {
    vi.resetModules();
    vi.doMock('./sign-request.js', () => {
      throw new TypeError('Failed to fetch dynamically imported module');
    });
    const { s3Cloud } = await import('./s3-cloud.js');
    const fetch = vi.fn(async () => new Response('', { status: 404 }));
    const cloud = s3Cloud({
      endpoint: 'https://s3.example.org',
      bucket: 'vault',
      region: 'us-east-1',
      credentials: { accessKeyId: 'id', secretAccessKey: 'secret' },
      fetch,
    });
    await expect(cloud.read('a/b')).rejects.toMatchObject({ code: 'offline' });
    expect(fetch).not.toHaveBeenCalled();
    vi.doUnmock('./sign-request.js');
    await expect(cloud.read('a/b')).rejects.toMatchObject({ code: 'not-found' });
    expect(fetch).toHaveBeenCalled();
  });
});
