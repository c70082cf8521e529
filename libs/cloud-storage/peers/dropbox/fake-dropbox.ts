import { randomBytes } from 'node:crypto';
import { type Response } from 'express';
import { FakeAuthority } from '../service/fake-authority.js';
import {
  sendBytes,
  startFakeService,
  type FakeService,
  type SeenRequest,
} from '../service/fake-service.js';
import { DropboxRefusal, DropboxTree, hashOf, refusal, type DropboxNode } from './dropbox-tree.js';

/** Our imitation of Dropbox, and what a test may do behind its back. */
export interface FakeDropbox extends FakeService {
  readonly authority: FakeAuthority;
  readonly tree: DropboxTree;
  /** Entries on a page of a listing; default 500. */
  pageEntries: number;
  /** Whether writes that overlap in time are refused, as the lock of a namespace does; default true. */
  locksWrites: boolean;
  /** Ends every cursor: Dropbox answers `reset`. */
  forgetCursors(): void;
  /** Ends every upload session. */
  forgetSessions(): void;
  /** Calls since the start, by endpoint. */
  calls(endpoint: string): number;
}

interface Call {
  readonly argument: Readonly<Record<string, unknown>>;
  readonly body: Buffer;
  readonly request: SeenRequest;
  readonly response: Response;
}

const WRITES = ['files/upload', 'files/delete_v2', 'files/upload_session/finish'];

/**
 * A contract fake of our own, made from Dropbox's public documentation of its HTTP API (version 2), not from its code or a recording:
 * what it agrees with is what that documentation says. It keeps everything in memory.
 */
export const startFakeDropbox = async (
  redirectUris: readonly string[] = [],
  options: { readonly rotates?: boolean } = {},
): Promise<FakeDropbox> => {
  const app = { clientId: 'app-key', redirectUris };
  const authority = new FakeAuthority(app, options.rotates ?? false);
  const tree = new DropboxTree();
  const cursors = new Map<string, readonly DropboxNode[]>();
  const sessions = new Map<string, Buffer>();
  let writesUnderWay = 0;

  const page = (nodes: readonly DropboxNode[]) => {
    const cursor = `cursor-${randomBytes(9).toString('base64url')}`;
    cursors.set(cursor, nodes.slice(fake.pageEntries));
    return {
      entries: nodes.slice(0, fake.pageEntries).map(metadataOf),
      cursor,
      has_more: nodes.length > fake.pageEntries,
    };
  };

  const sessionOf = (cursor: unknown): { readonly id: string; readonly bytes: Buffer } => {
    const { session_id: id, offset } = cursor as { session_id: string; offset: number };
    const bytes = sessions.get(id);
    if (!bytes) throw lookupError({ '.tag': 'not_found' });
    if (bytes.length !== offset) {
      throw lookupError({ '.tag': 'incorrect_offset', correct_offset: bytes.length });
    }
    return { id, bytes };
  };

  const write = (commit: Readonly<Record<string, unknown>>, bytes: Buffer) => {
    const { path, mode, autorename, strict_conflict: isStrict } = commit;
    if (mode !== 'add' || autorename !== false || isStrict !== false) {
      throw new Error('the imitation knows only blind writes');
    }
    return metadataOf(tree.add(String(path), bytes));
  };

  const endpoints: Readonly<Record<string, (call: Call) => unknown>> = {
    'files/list_folder': ({ argument }) => page(tree.children(String(argument['path']))),
    'files/list_folder/continue': ({ argument }) => {
      const rest = cursors.get(String(argument['cursor']));
      if (!rest) throw new DropboxRefusal('reset', { '.tag': 'reset' });
      return page(rest);
    },
    'files/get_metadata': ({ argument }) => metadataOf(tree.find(String(argument['path']), 'path')),
    'files/delete_v2': ({ argument }) => ({
      metadata: metadataOf(tree.remove(String(argument['path']), argument['parent_rev'])),
    }),
    'files/upload': ({ argument, body }) => {
      const { content_hash: hash, ...commit } = argument;
      if (hash !== undefined && hash !== hashOf(body)) {
        throw new DropboxRefusal('content_hash_mismatch', { '.tag': 'content_hash_mismatch' });
      }
      return write(commit, body);
    },
    'files/upload_session/start': ({ body }) => {
      const id = `session-${randomBytes(9).toString('base64url')}`;
      sessions.set(id, body);
      return { session_id: id };
    },
    'files/upload_session/append_v2': ({ argument, body }) => {
      const { id, bytes } = unwrapped(() => sessionOf(argument['cursor']));
      sessions.set(id, Buffer.concat([bytes, body]));
      return null;
    },
    'files/upload_session/finish': ({ argument, body }) => {
      const { id, bytes } = sessionOf(argument['cursor']);
      const metadata = write(
        argument['commit'] as Readonly<Record<string, unknown>>,
        Buffer.concat([bytes, body]),
      );
      sessions.delete(id);
      return metadata;
    },
    'users/get_space_usage': () => ({
      used: tree.used,
      allocation: { '.tag': 'individual', allocated: Math.min(tree.capacity, 2 ** 40) },
    }),
    'auth/token/revoke': () => {
      authority.revokeAll();
      return null;
    },
  };

  const handle = (request: SeenRequest, response: Response): void => {
    const url = new URL(request.path, `https://${request.host}`);
    if (url.href.startsWith('https://www.dropbox.com/oauth2/authorize?')) {
      response.redirect(302, authority.authorize(url.searchParams));
      return;
    }
    if (url.href === 'https://api.dropboxapi.com/oauth2/token') {
      const { status, json } = authority.token(new URLSearchParams(request.body.toString()));
      response.status(status).json(json);
      return;
    }
    const endpoint = url.pathname.replace(/^\/2\//, '');
    const isContent = /^files\/(upload|download)/.test(endpoint);
    const host = isContent ? 'content.dropboxapi.com' : 'api.dropboxapi.com';
    if (request.method !== 'POST' || request.host !== host) {
      response.status(404).type('text/plain').send('Unknown API function');
      return;
    }
    if (!authority.isAuthorized(request.headers)) {
      const error = { '.tag': 'expired_access_token' };
      response.status(401).json({ error_summary: 'expired_access_token/..', error });
      return;
    }
    const isWrite = WRITES.includes(endpoint);
    if (isWrite && fake.locksWrites && writesUnderWay > 0) {
      tooManyWrites(response);
      return;
    }
    const text = isContent ? request.headers['dropbox-api-arg'] : request.body.toString();
    if (isContent && !/^[\x20-\x7e]+$/.test(text ?? '')) {
      response.status(400).type('text/plain').send('the argument is not ASCII JSON');
      return;
    }
    const call: Call = {
      argument: JSON.parse(text ?? '') ?? {},
      body: request.body,
      request,
      response,
    };
    const answer = () => reply(endpoint, call);
    if (!isWrite) return answer();
    writesUnderWay += 1;
    // Long enough for writes at once to meet.
    setImmediate(() => {
      writesUnderWay -= 1;
      answer();
    });
  };

  const reply = (endpoint: string, call: Call): void => {
    const { request, response } = call;
    try {
      if (endpoint === 'files/download') {
        const node = tree.find(String(call.argument['path']), 'path');
        if (node.kind !== 'file') throw refusal('path', 'not_file');
        const metadata = JSON.stringify(metadataOf(node));
        response.set('Dropbox-API-Result', metadata.replace(/[^\x20-\x7e]/g, escapeUnit));
        sendBytes(request, response, node.bytes);
        return;
      }
      const run = endpoints[endpoint];
      if (run) response.json(run(call));
      else response.status(400).type('text/plain').send('Unknown API function');
    } catch (error) {
      if (!(error instanceof DropboxRefusal)) throw error;
      response.status(409).json({ error_summary: `${error.summary}/..`, error: error.error });
    }
  };

  const service = await startFakeService(handle, {
    allow: 'Authorization, Content-Type, Dropbox-API-Arg, Range',
    expose: 'Dropbox-API-Result, Retry-After',
  });
  const fake: FakeDropbox = {
    ...service,
    authority,
    tree,
    pageEntries: 500,
    locksWrites: true,
    forgetCursors: () => cursors.clear(),
    forgetSessions: () => sessions.clear(),
    calls: (endpoint) => service.requests.filter(({ path }) => path === `/2/${endpoint}`).length,
  };
  return fake;
};

const metadataOf = (node: DropboxNode) =>
  node.kind === 'folder'
    ? { '.tag': 'folder', name: node.name, id: `id:${node.name.length}` }
    : {
        '.tag': 'file',
        name: node.name,
        rev: node.rev,
        size: node.bytes.length,
        client_modified: node.modified,
        server_modified: node.modified,
        is_downloadable: true,
        content_hash: hashOf(node.bytes),
      };

const escapeUnit = (unit: string): string =>
  `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;

const lookupError = (inner: Readonly<Record<string, unknown>>): DropboxRefusal =>
  new DropboxRefusal(`lookup_failed/${String(inner['.tag'])}`, {
    '.tag': 'lookup_failed',
    lookup_failed: inner,
  });

/** For `append_v2` the lookup error is the error itself. */
const unwrapped = <Result>(run: () => Result): Result => {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof DropboxRefusal)) throw error;
    const inner = error.error['lookup_failed'] as Readonly<Record<string, unknown>>;
    throw new DropboxRefusal(String(inner['.tag']), inner);
  }
};

const tooManyWrites = (response: Response): void => {
  response
    .status(429)
    .set('Retry-After', '1')
    .json({
      error_summary: 'too_many_write_operations/..',
      error: { reason: { '.tag': 'too_many_write_operations' }, retry_after: 1 },
    });
};
