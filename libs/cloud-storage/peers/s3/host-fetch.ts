import { request } from 'node:http';
import { buffer } from 'node:stream/consumers';

/** A `fetch` to the loopback interface whatever the host in the address, as no name service knows the names of tests. */
export const hostFetch: typeof globalThis.fetch = async (input, init) => {
  const { method, headers, url, signal, body } = new Request(input, init);
  const bytes = body && new Uint8Array(await new Response(body).arrayBuffer());
  return new Promise((resolve, reject) => {
    const { hostname, host, port, pathname, search } = new URL(url);
    const sent = request(
      {
        ...{ method, signal, port, path: `${pathname}${search}` },
        host: '127.0.0.1',
        headers: { ...Object.fromEntries(headers), host, 'content-length': bytes?.length ?? 0 },
      },
      (answer) => {
        buffer(answer).then((all) => {
          const { statusCode: status = 500, headers: given } = answer;
          const isEmpty = status === 204 || status === 304 || method === 'HEAD';
          const entries = Object.entries(given).map(([name, value]) => [name, `${value ?? ''}`]);
          resolve(
            new Response(isEmpty ? null : all, {
              status,
              headers: Object.fromEntries(entries) as Record<string, string>,
            }),
          );
        }, reject);
      },
    );
    sent.on('error', (cause) => reject(new TypeError(`no answer of ${hostname}`, { cause })));
    sent.end(bytes ?? undefined);
  });
};
