import { type Response } from 'express';
import { FakeAuthority } from '../service/fake-authority.js';
import { startFakeService, type FakeService, type SeenRequest } from '../service/fake-service.js';
import { GraphRefusal, type DriveTree } from './drive-tree.js';
import { GraphHost } from './graph-host.js';
import { STORE_HOST, StoreHost } from './store-host.js';

/** Our imitation of OneDrive, and what a test may do behind its back. */
export interface FakeOneDrive extends FakeService {
  readonly authority: FakeAuthority;
  readonly tree: DriveTree;
  readonly graph: GraphHost;
  readonly store: StoreHost;
}

/**
 * A contract fake of our own, made from Microsoft's public documentation of the files API of Microsoft Graph, not from its code or a
 * recording: what it agrees with is what that documentation says. It keeps everything in memory.
 */
export const startFakeOneDrive = async (
  redirectUris: readonly string[] = [],
): Promise<FakeOneDrive> => {
  const authority = new FakeAuthority({ clientId: 'app-id', redirectUris }, true);
  const store = new StoreHost();
  const graph = new GraphHost(authority, store);
  const handle = (request: SeenRequest, response: Response): void => {
    const url = new URL(request.path, `https://${request.host}`);
    try {
      if (request.host === 'login.microsoftonline.com') signIn(authority, request, response);
      else if (request.host === 'graph.microsoft.com') graph.handle(request, response, url);
      else if (request.host === STORE_HOST) store.handle(request, response, url);
      else throw new GraphRefusal(404, 'no such host');
    } catch (error) {
      if (!(error instanceof GraphRefusal)) throw error;
      const { status, code } = error;
      response.status(status).json({ error: { code, message: 'as the imitation says' } });
    }
  };
  const service = await startFakeService(handle, {
    allow: 'Authorization, Content-Type, Content-Range, Range',
    expose: 'Content-Range, Retry-After',
  });
  return { ...service, authority, tree: graph.tree, graph, store };
};

const signIn = (authority: FakeAuthority, request: SeenRequest, response: Response): void => {
  const { pathname, searchParams } = new URL(request.path, 'https://login.microsoftonline.com');
  if (pathname === '/common/oauth2/v2.0/authorize') {
    // As Microsoft does: it cuts the window off from the page that opened it.
    response.set('Cross-Origin-Opener-Policy', 'same-origin');
    response.redirect(302, authority.authorize(searchParams));
  } else if (pathname === '/common/oauth2/v2.0/token') {
    const { status, json } = authority.token(new URLSearchParams(request.body.toString()));
    response.status(status).json(json);
  } else throw new GraphRefusal(404, 'no such directory');
};
