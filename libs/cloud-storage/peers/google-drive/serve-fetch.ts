import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

/** What answers requests. */
export type Handler = (request: Request) => Promise<Response>;

/** A server on a free port of the loopback interface. */
export interface Served {
  /** Without a slash at its end. */
  readonly url: string;
  readonly stop: () => Promise<void>;
}

/** Lets a function answer over HTTP. `exposed` are the headers of answers that pages of other origins may see. */
export const serveFetch = (handler: Handler, exposed: readonly string[] = []): Promise<Served> => {
  const cors = {
    'Access-Control-Allow-Origin': '*',
    'Access-Control-Allow-Methods': 'GET, POST, PUT, DELETE',
    'Access-Control-Allow-Headers':
      'Authorization, Content-Type, Content-Range, Range, X-Upload-Content-Type, X-Upload-Content-Length',
    'Access-Control-Expose-Headers': exposed.join(', '),
    'Access-Control-Max-Age': '7200',
  };
  const listener = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    if (incoming.method === 'OPTIONS') return void outgoing.writeHead(204, cors).end();
    const response = await handler(await toRequest(incoming));
    outgoing.writeHead(response.status, { ...Object.fromEntries(response.headers), ...cors });
    outgoing.end(Buffer.from(await response.arrayBuffer()));
  };
  return listenOn(
    createServer((incoming, outgoing) => {
      // A failure of the function is a connection that breaks off.
      listener(incoming, outgoing).catch(() => outgoing.destroy());
    }),
  );
};

/** Starts the server on a free port. */
export const listenOn = async (server: Server): Promise<Served> => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    stop: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
};

const toRequest = async (incoming: IncomingMessage): Promise<Request> => {
  const { method = 'GET', headers, url = '/' } = incoming;
  const body = await buffer(incoming);
  const init = { method, ...(method !== 'GET' && body.length > 0 && { body }) };
  const request = new Request(`http://${headers.host}${url}`, init);
  for (const [name, value] of Object.entries(headers)) request.headers.set(name, `${value}`);
  return request;
};
