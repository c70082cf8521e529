import { type IncomingMessage, type ServerResponse } from 'node:http';
import { type Plugin } from 'vite';

/** What the server of the browser tests has seen for one token. */
export interface SeenByServer {
  /** Streams that are open. */
  streams: number;
  /** Streams that were opened. */
  opened: number;
  /** Ids of the operations that it was sent, each as often as it was sent. */
  readonly operations: string[];
}

/** The least of a sync server, beside the pages of the tests: it takes every operation, and its streams say that nothing was missed. */
export function syncServerPlugin(): Plugin {
  const seen = new Map<string, SeenByServer>();
  const seenOf = (token: string): SeenByServer => {
    const known = seen.get(token) ?? { streams: 0, opened: 0, operations: [] };
    seen.set(token, known);
    return known;
  };
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://test');
    if (pathname === '/api/seen') {
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify(seenOf(searchParams.get('token') ?? '')));
      return;
    }
    const mine = seenOf(request.headers.authorization?.replace('Bearer ', '') ?? '');
    if (pathname === '/api/sync/live') {
      mine.streams += 1;
      mine.opened += 1;
      response.on('close', () => (mine.streams -= 1));
      response.setHeader('content-type', 'text/event-stream');
      response.write('id: 1\nevent: caught-up\ndata: {}\n\n');
      return;
    }
    response.setHeader('content-type', 'application/json');
    if (request.method !== 'POST') {
      response.end(JSON.stringify({ changes: [], cursor: '1', hasMore: false }));
      return;
    }
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { operations } = JSON.parse(Buffer.concat(chunks).toString()) as {
      readonly operations: readonly { readonly opId: string }[];
    };
    mine.operations.push(...operations.map(({ opId }) => opId));
    response.end(
      JSON.stringify({ results: operations.map(({ opId }) => ({ opId, status: 'applied' })) }),
    );
  };
  return {
    name: 'live-sync:server',
    configureServer: ({ middlewares }) => {
      middlewares.use((request, response, next) => {
        if (request.url?.startsWith('/api/')) answer(request, response).catch(next);
        else next();
      });
    },
  };
}
