import { expect, test } from './test.ts';

test.describe('CloudObserver', () => {
  test('counts requests and bytes, and makes them fail for a while', async ({ server, cloud }) => {
    const url = `${server.url}dav/a.txt`;
    const token = Buffer.from(`demo:${server.password.password}`).toString('base64');
    const headers = { authorization: `Basic ${token}` };
    const put = () => fetch(url, { method: 'PUT', headers, body: 'hello' });

    cloud.fail({
      answer: 503,
      retryAfterSeconds: 2,
      times: 1,
      when: ({ method }) => method === 'PUT',
    });
    const refused = await put();
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '2']);
    expect((await put()).status).toBe(201);

    cloud.forget();
    expect(await (await fetch(url, { headers })).text()).toBe('hello');
    await expect
      .poll(() => cloud.requests)
      .toEqual([{ method: 'GET', path: '/a.txt', status: 200, requestBytes: 0, responseBytes: 5 }]);
    expect(cloud.downloadedBytes).toBe(5);

    cloud.fail({ answer: 'lost-reply' });
    await expect(fetch(url, { method: 'DELETE', headers })).rejects.toThrow();
    cloud.heal();
    expect((await fetch(url, { headers })).status).toBe(404);
  });
});
