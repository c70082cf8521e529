import { createHash } from 'node:crypto';

/** A file or folder. Paths are kept in lower case beside it, as Dropbox compares them without case. */
export type DropboxNode =
  | { readonly kind: 'folder'; readonly name: string }
  | {
      readonly kind: 'file';
      readonly name: string;
      readonly bytes: Buffer;
      readonly rev: string;
      readonly modified: string;
    };

/** A refusal as the API writes it: a union of tags. */
export class DropboxRefusal extends Error {
  readonly error: Readonly<Record<string, unknown>>;
  readonly summary: string;

  constructor(summary: string, error: Readonly<Record<string, unknown>>) {
    super(summary);
    this.summary = summary;
    this.error = error;
  }
}

const FIRST_MS = Date.parse('2024-01-31T10:15:30Z');

/** `content_hash` as Dropbox's documentation describes it. */
export const hashOf = (bytes: Buffer): string => {
  const all = createHash('sha256');
  for (let from = 0; from < bytes.length; from += 4 * 1024 * 1024) {
    all.update(
      createHash('sha256')
        .update(bytes.subarray(from, from + 4 * 1024 * 1024))
        .digest(),
    );
  }
  return all.digest('hex');
};

/** The files of one app folder. */
export class DropboxTree {
  readonly nodes = new Map<string, DropboxNode>();
  /** Most bytes of all files. */
  capacity = Infinity;
  #writes = 0;

  get used(): number {
    return [...this.nodes.values()].reduce(
      (sum, node) => sum + (node.kind === 'file' ? node.bytes.length : 0),
      0,
    );
  }

  /** Writes as `mode: add` without `autorename` and without `strict_conflict` does. */
  add(path: string, bytes: Buffer): DropboxNode {
    const key = checkedKey(path, 'path');
    const there = this.nodes.get(key);
    if (there?.kind === 'folder') throw conflict('folder');
    if (there?.bytes.equals(bytes)) return there;
    if (there) throw conflict('file');
    if (this.used + bytes.length > this.capacity) throw writeError('insufficient_space');
    this.#makeParents(path);
    this.#writes += 1;
    const node: DropboxNode = {
      kind: 'file',
      name: path.slice(path.lastIndexOf('/') + 1),
      bytes: Buffer.from(bytes),
      rev: this.#writes.toString(16).padStart(9, '0'),
      modified: new Date(FIRST_MS + this.#writes * 1000).toISOString().replace('.000Z', 'Z'),
    };
    this.nodes.set(key, node);
    return node;
  }

  /** @throws DropboxRefusal with the tag of the endpoint's union */
  find(path: string, tag: 'path' | 'path_lookup'): DropboxNode {
    const node = this.nodes.get(checkedKey(path, tag));
    if (!node) throw refusal(tag, 'not_found');
    return node;
  }

  remove(path: string, parentRev: unknown): DropboxNode {
    const node = this.find(path, 'path_lookup');
    if (parentRev !== undefined && (node.kind !== 'file' || node.rev !== parentRev)) {
      throw new DropboxRefusal('path_write/conflict/file', {
        '.tag': 'path_write',
        path_write: { '.tag': 'conflict', conflict: { '.tag': 'file' } },
      });
    }
    const key = checkedKey(path, 'path_lookup');
    for (const other of [...this.nodes.keys()]) {
      if (other === key || other.startsWith(`${key}/`)) this.nodes.delete(other);
    }
    return node;
  }

  /** Directly in the folder, in an order of the service's own. */
  children(path: string): readonly DropboxNode[] {
    if (path !== '' && this.find(path, 'path').kind !== 'folder')
      throw refusal('path', 'not_folder');
    const prefix = `${path.toLowerCase()}/`;
    return [...this.nodes]
      .filter(([key]) => key.startsWith(prefix) && !key.slice(prefix.length).includes('/'))
      .map(([, node]) => node)
      .toSorted((a, b) => hashOf(Buffer.from(a.name)).localeCompare(hashOf(Buffer.from(b.name))));
  }

  #makeParents(path: string): void {
    const parts = path.split('/').slice(1, -1);
    parts.forEach((name, index) => {
      const key = `/${parts.slice(0, index + 1).join('/')}`.toLowerCase();
      const there = this.nodes.get(key);
      if (there?.kind === 'file') throw conflict('file_ancestor');
      if (!there) this.nodes.set(key, { kind: 'folder', name });
    });
  }
}

/** A union in a field of the name of its tag. */
export const refusal = (tag: string, inner: string): DropboxRefusal =>
  new DropboxRefusal(`${tag}/${inner}`, { '.tag': tag, [tag]: { '.tag': inner } });

/** The error of a write, whose content is in `reason` for uploads. */
export const writeError = (inner: string): DropboxRefusal =>
  new DropboxRefusal(`path/${inner}`, {
    '.tag': 'path',
    reason: { '.tag': inner },
    upload_session_id: 'AAAA',
  });

const conflict = (what: string): DropboxRefusal =>
  new DropboxRefusal(`path/conflict/${what}`, {
    '.tag': 'path',
    reason: { '.tag': 'conflict', conflict: { '.tag': what } },
    upload_session_id: 'AAAA',
  });

/** The pattern of the documentation, and the names that Dropbox keeps for its own programs. */
const checkedKey = (path: string, tag: string): string => {
  if (!/^(\/[^/]+)+$/.test(path) || /[\s]$/.test(path)) throw refusal(tag, 'malformed_path');
  if (/\/(desktop\.ini|thumbs\.db|\.ds_store|icon\r|\.dropbox|\.dropbox\.attr)$/i.test(path)) {
    throw tag === 'path' ? writeError('disallowed_name') : refusal(tag, 'not_found');
  }
  return path.toLowerCase();
};
