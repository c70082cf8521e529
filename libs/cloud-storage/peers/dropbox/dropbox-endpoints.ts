import { randomBytes } from 'node:crypto';
import { type FakeAuthority } from '../service/fake-authority.js';
import { DropboxRefusal, DropboxTree, hashOf, type DropboxNode } from './dropbox-tree.js';

/** The argument of a call. */
export type Argument = Readonly<Record<string, unknown>>;

/** What Dropbox's endpoints do, on files in memory. */
export class DropboxEndpoints {
  readonly tree = new DropboxTree();
  /** Entries on a page of a listing. */
  pageEntries = 500;
  readonly cursors = new Map<string, readonly DropboxNode[]>();
  readonly sessions = new Map<string, Buffer>();
  readonly #authority: FakeAuthority;

  constructor(authority: FakeAuthority) {
    this.#authority = authority;
  }

  /**
   * The JSON that an endpoint answers with; `undefined` for one that is unknown.
   *
   * @throws DropboxRefusal
   */
  run(endpoint: string, argument: Argument, body: Buffer): unknown {
    const path = String(argument['path']);
    switch (endpoint) {
      case 'files/list_folder':
        return this.#page(this.tree.children(path));
      case 'files/list_folder/continue':
        return this.#page(this.#rest(String(argument['cursor'])));
      case 'files/get_metadata':
        return metadataOf(this.tree.find(path, 'path'));
      case 'files/delete_v2':
        return { metadata: metadataOf(this.tree.remove(path, argument['parent_rev'])) };
      case 'files/upload':
        return this.#upload(argument, body);
      case 'files/upload_session/start':
        return this.#start(body);
      case 'files/upload_session/append_v2':
        return this.#append(argument, body);
      case 'files/upload_session/finish':
        return this.#finish(argument, body);
      case 'users/get_space_usage':
        return this.#usage();
      case 'auth/token/revoke':
        this.#authority.revokeAll();
        return null;
      default:
        return undefined;
    }
  }

  #page(nodes: readonly DropboxNode[]) {
    const cursor = `cursor-${randomBytes(9).toString('base64url')}`;
    this.cursors.set(cursor, nodes.slice(this.pageEntries));
    return {
      entries: nodes.slice(0, this.pageEntries).map(metadataOf),
      cursor,
      has_more: nodes.length > this.pageEntries,
    };
  }

  #rest(cursor: string): readonly DropboxNode[] {
    const rest = this.cursors.get(cursor);
    if (!rest) throw new DropboxRefusal('reset', { '.tag': 'reset' });
    return rest;
  }

  #upload(argument: Argument, body: Buffer) {
    const { content_hash: hash, ...commit } = argument;
    if (hash !== undefined && hash !== hashOf(body)) {
      throw new DropboxRefusal('content_hash_mismatch', { '.tag': 'content_hash_mismatch' });
    }
    return this.#write(commit, body);
  }

  #start(body: Buffer) {
    const id = `session-${randomBytes(9).toString('base64url')}`;
    this.sessions.set(id, body);
    return { session_id: id };
  }

  #append(argument: Argument, body: Buffer): null {
    try {
      const { id, bytes } = this.#session(argument['cursor']);
      this.sessions.set(id, Buffer.concat([bytes, body]));
      return null;
    } catch (error) {
      if (!(error instanceof DropboxRefusal)) throw error;
      // Here the lookup error is the error itself.
      const inner = error.error['lookup_failed'] as Argument;
      throw new DropboxRefusal(String(inner['.tag']), inner);
    }
  }

  #finish(argument: Argument, body: Buffer) {
    const { id, bytes } = this.#session(argument['cursor']);
    const metadata = this.#write(argument['commit'] as Argument, Buffer.concat([bytes, body]));
    this.sessions.delete(id);
    return metadata;
  }

  #session(cursor: unknown): { readonly id: string; readonly bytes: Buffer } {
    const { session_id: id, offset } = cursor as {
      readonly session_id: string;
      readonly offset: number;
    };
    const bytes = this.sessions.get(id);
    if (!bytes) throw lookupError({ '.tag': 'not_found' });
    if (bytes.length !== offset) {
      throw lookupError({ '.tag': 'incorrect_offset', correct_offset: bytes.length });
    }
    return { id, bytes };
  }

  #write(commit: Argument, bytes: Buffer) {
    const { path, mode, autorename, strict_conflict: isStrict } = commit;
    if (mode !== 'add' || autorename !== false || isStrict !== false) {
      throw new Error('the imitation knows only blind writes');
    }
    return metadataOf(this.tree.add(String(path), bytes));
  }

  #usage() {
    const allocated = Math.min(this.tree.capacity, 2 ** 40);
    return { used: this.tree.used, allocation: { '.tag': 'individual', allocated } };
  }
}

/** What Dropbox tells of a file or folder. */
export const metadataOf = (node: DropboxNode) =>
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

const lookupError = (inner: Argument): DropboxRefusal =>
  new DropboxRefusal(`lookup_failed/${String(inner['.tag'])}`, {
    '.tag': 'lookup_failed',
    lookup_failed: inner,
  });
