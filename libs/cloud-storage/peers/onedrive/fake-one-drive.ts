import { randomBytes } from 'node:crypto';
import { type Response } from 'express';
import { FakeAuthority } from '../service/fake-authority.js';
import {
  sendBytes,
  startFakeService,
  type FakeService,
  type SeenRequest,
} from '../service/fake-service.js';
import { DriveTree, GraphRefusal, type DriveNode } from './drive-tree.js';

/** Our imitation of OneDrive, and what a test may do behind its back. */
export interface FakeOneDrive extends FakeService {
  readonly authority: FakeAuthority;
  readonly tree: DriveTree;
  /** Most items on a page of a listing; default 200. */
  pageItems: number;
  /** Where the next page is said to be; default Graph itself. */
  pageHost: string;
  /** What the end of a page's address is answered with; default 410 `resyncRequired`. */
  lostPage: readonly [status: number, code: string];
  /** Ends the address of every further page. */
  forgetPages(): void;
  /** Ends every address to download from. */
  forgetDownloads(): void;
  /** Ends every upload session, whatever it has. */
  forgetSessions(): void;
  /** Bytes that came in upload sessions. */
  readonly sessionBytes: number;
}

interface Session {
  readonly path: string;
  bytes: Buffer;
}

/** Another origin than Graph's, where the bytes are. */
const STORE_HOST = 'store.onedrive.fake';
const ROOT = '/v1.0/me/drive/special/approot';

/**
 * A contract fake of our own, made from Microsoft's public documentation of the files API of Microsoft Graph, not from its code or a
 * recording: what it agrees with is what that documentation says. It keeps everything in memory.
 */
export const startFakeOneDrive = async (
  redirectUris: readonly string[] = [],
): Promise<FakeOneDrive> => {
  const authority = new FakeAuthority({ clientId: 'app-id', redirectUris }, true);
  const tree = new DriveTree();
  const pages = new Map<string, readonly DriveNode[]>();
  const downloads = new Map<string, DriveNode>();
  const sessions = new Map<string, Session>();
  let sessionBytes = 0;

  const itemOf = (node: DriveNode) => {
    const key = randomBytes(9).toString('base64url');
    downloads.set(key, node);
    return {
      id: node.id,
      name: node.name,
      size: node.bytes?.length ?? 0,
      lastModifiedDateTime: node.modified,
      ...(node.bytes
        ? {
            file: { mimeType: 'application/octet-stream' },
            '@microsoft.graph.downloadUrl': `https://${STORE_HOST}/download/${key}`,
          }
        : { folder: { childCount: 0 } }),
    };
  };

  const page = (url: URL, nodes: readonly DriveNode[]) => {
    const count = Math.min(fake.pageItems, Number(url.searchParams.get('$top') ?? 200));
    const token = randomBytes(9).toString('base64url');
    pages.set(token, nodes.slice(count));
    const next = `https://${fake.pageHost}${url.pathname}?$top=${count}&$skiptoken=${token}`;
    return {
      value: nodes.slice(0, count).map(itemOf),
      ...(nodes.length > count && { '@odata.nextLink': next }),
    };
  };

  const children = (url: URL, path: string) => {
    const token = url.searchParams.get('$skiptoken');
    if (token === null) return page(url, tree.children(path));
    const rest = pages.get(token);
    if (!rest) throw new GraphRefusal(...fake.lostPage);
    return page(url, rest);
  };

  const graph = (request: SeenRequest, response: Response, url: URL): void => {
    if (!authority.isAuthorized(request.headers)) {
      throw new GraphRefusal(401, 'InvalidAuthenticationToken');
    }
    const { path, part } = addressed(url);
    const body = () => JSON.parse(request.body.toString()) as Readonly<Record<string, unknown>>;
    switch (`${request.method} ${part}`) {
      case 'GET ':
        response.json(itemOf(tree.find(path)));
        return;
      case 'DELETE ':
        tree.remove(path);
        response.status(204).end();
        return;
      case 'GET children':
        response.json(children(url, path));
        return;
      case 'POST children': {
        tree.find(path);
        mustFail(body()['@microsoft.graph.conflictBehavior']);
        const node = tree.add(`${path}/${String(body()['name'])}`, undefined);
        response.status(201).json(itemOf(node));
        return;
      }
      case 'PUT content':
        mustFail(url.searchParams.get('@microsoft.graph.conflictBehavior'));
        response.status(201).json(itemOf(tree.add(path, request.body)));
        return;
      case 'POST createUploadSession': {
        const item = body()['item'] as Readonly<Record<string, unknown>>;
        mustFail(item['@microsoft.graph.conflictBehavior']);
        if (tree.nodes.has(path.toLowerCase())) throw new GraphRefusal(409, 'nameAlreadyExists');
        const parent = path.slice(0, path.lastIndexOf('/'));
        if (!tree.makesParents) tree.find(parent);
        const id = randomBytes(9).toString('base64url');
        sessions.set(id, { path, bytes: Buffer.alloc(0) });
        const expirationDateTime = '2024-02-01T10:15:30Z';
        response.json({ uploadUrl: `https://${STORE_HOST}/upload/${id}`, expirationDateTime });
        return;
      }
      default:
        throw new GraphRefusal(400, 'invalidRequest');
    }
  };

  const store = (request: SeenRequest, response: Response, url: URL): void => {
    // The address is permission enough; with a token some of these hosts answer 401.
    if (request.headers['authorization'] !== undefined)
      throw new GraphRefusal(401, 'unauthenticated');
    const [, kind, id = ''] = url.pathname.split('/');
    if (kind === 'download') {
      const node = downloads.get(id);
      if (!node?.bytes) throw new GraphRefusal(401, 'unauthenticated');
      sendBytes(request, response, node.bytes);
      return;
    }
    const session = sessions.get(id);
    if (!session) throw new GraphRefusal(404, 'itemNotFound');
    if (request.method === 'PUT') putPart(request, response, { id, session });
    else response.json({ nextExpectedRanges: [`${session.bytes.length}-`] });
  };

  const putPart = (
    request: SeenRequest,
    response: Response,
    { id, session }: { readonly id: string; readonly session: Session },
  ): void => {
    const [, from, to, total] =
      /^bytes (\d+)-(\d+)\/(\d+)$/.exec(request.headers['content-range'] ?? '')?.map(Number) ?? [];
    if (from === undefined || to === undefined || to - from + 1 !== request.body.length) {
      throw new GraphRefusal(400, 'invalidRequest');
    }
    if (from !== session.bytes.length) throw new GraphRefusal(416, 'invalidRange');
    const isLast = to + 1 === total;
    if (!isLast && request.body.length % (320 * 1024) !== 0) {
      throw new GraphRefusal(400, 'invalidRequest');
    }
    session.bytes = Buffer.concat([session.bytes, request.body]);
    sessionBytes += request.body.length;
    if (!isLast) {
      response.status(202).json({ nextExpectedRanges: [`${session.bytes.length}-`] });
      return;
    }
    sessions.delete(id);
    response.status(201).json(itemOf(tree.add(session.path, session.bytes)));
  };

  const handle = (request: SeenRequest, response: Response): void => {
    const url = new URL(request.path, `https://${request.host}`);
    try {
      if (request.host === 'login.microsoftonline.com') signIn(authority, request, response, url);
      else if (request.host === 'graph.microsoft.com') graph(request, response, url);
      else if (request.host === STORE_HOST) store(request, response, url);
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
  const fake: FakeOneDrive = {
    ...service,
    authority,
    tree,
    pageItems: 200,
    pageHost: 'graph.microsoft.com',
    lostPage: [410, 'resyncRequired'],
    forgetPages: () => pages.clear(),
    forgetDownloads: () => downloads.clear(),
    forgetSessions: () => sessions.clear(),
    get sessionBytes() {
      return sessionBytes;
    },
  };
  return fake;
};

const signIn = (
  authority: FakeAuthority,
  request: SeenRequest,
  response: Response,
  url: URL,
): void => {
  if (url.pathname === '/common/oauth2/v2.0/authorize') {
    response.redirect(302, authority.authorize(url.searchParams));
  } else if (url.pathname === '/common/oauth2/v2.0/token') {
    const { status, json } = authority.token(new URLSearchParams(request.body.toString()));
    response.status(status).json(json);
  } else throw new GraphRefusal(404, 'no such directory');
};

/** What `…/approot:/a/b:/content` speaks of: `/a/b` and `content`. Names hold no colon. */
const addressed = (url: URL): { readonly path: string; readonly part: string } => {
  if (!url.pathname.startsWith(ROOT)) throw new GraphRefusal(400, 'invalidRequest');
  const [direct = '', path = '', part = ''] = url.pathname.slice(ROOT.length).split(':');
  const whole = path.split('/').map(decodeURIComponent).join('/');
  return { path: whole, part: (path === '' ? direct : part).replace(/^\//, '') };
};

const mustFail = (behaviour: unknown): void => {
  if (behaviour !== 'fail') throw new Error('this request would replace a file');
};
