import { randomBytes } from 'node:crypto';

/** An item of a drive. Paths are kept in lower case beside it, as OneDrive compares them without case. */
export interface DriveNode {
  readonly id: string;
  readonly name: string;
  /** `undefined` for a folder. */
  readonly bytes: Buffer | undefined;
  readonly modified: string;
}

/** A refusal as Microsoft Graph writes it. */
export class GraphRefusal extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string) {
    super(code);
    this.status = status;
    this.code = code;
  }
}

const FIRST_MS = Date.parse('2024-01-31T10:15:30Z');

/** The app folder of one drive; its paths begin with a slash, the folder itself is ''. */
export class DriveTree {
  readonly nodes = new Map<string, DriveNode>();
  /** Most bytes of all files. */
  capacity = Infinity;
  /** Whether a write by path makes missing folders, as OneDrive does. */
  makesParents = true;
  /** Whether the app's folder was made yet, as the first look at it does. */
  hasRoot = false;
  #writes = 0;

  find(path: string): DriveNode {
    if (path === '') {
      this.hasRoot = true;
      return { id: 'root', name: 'Chat Vault', bytes: undefined, modified: timeOf(0) };
    }
    const node = this.nodes.get(path.toLowerCase());
    if (!node) throw new GraphRefusal(404, 'itemNotFound');
    return node;
  }

  /** Writes as `conflictBehavior: fail` does. */
  add(path: string, bytes: Buffer | undefined): DriveNode {
    for (const name of path.split('/').slice(1)) checkName(name);
    if (this.nodes.has(path.toLowerCase())) throw new GraphRefusal(409, 'nameAlreadyExists');
    const used = [...this.nodes.values()].reduce((sum, node) => sum + (node.bytes?.length ?? 0), 0);
    if (used + (bytes?.length ?? 0) > this.capacity)
      throw new GraphRefusal(507, 'quotaLimitReached');
    const parent = path.slice(0, path.lastIndexOf('/'));
    if (parent !== '' && !this.nodes.has(parent.toLowerCase())) {
      if (!this.makesParents) throw new GraphRefusal(404, 'itemNotFound');
      this.add(parent, undefined);
    }
    this.hasRoot = true;
    this.#writes += 1;
    const node: DriveNode = {
      id: `item-${randomBytes(6).toString('hex')}`,
      name: path.slice(path.lastIndexOf('/') + 1),
      bytes: bytes && Buffer.from(bytes),
      modified: timeOf(this.#writes),
    };
    this.nodes.set(path.toLowerCase(), node);
    return node;
  }

  remove(path: string): void {
    this.find(path);
    const key = path.toLowerCase();
    for (const other of [...this.nodes.keys()]) {
      if (other === key || other.startsWith(`${key}/`)) this.nodes.delete(other);
    }
  }

  /** Directly in the folder, by name. */
  children(path: string): readonly DriveNode[] {
    this.find(path);
    const prefix = `${path.toLowerCase()}/`;
    return [...this.nodes]
      .filter(([key]) => key.startsWith(prefix) && !key.slice(prefix.length).includes('/'))
      .map(([, node]) => node)
      .toSorted((a, b) => a.name.localeCompare(b.name));
  }
}

const timeOf = (writes: number): string =>
  new Date(FIRST_MS + writes * 1000).toISOString().replace('.000Z', 'Z');

/** Microsoft, "Restrictions and limitations in OneDrive and SharePoint". */
const checkName = (name: string): void => {
  const isRefused =
    name === '' ||
    /["*:<>?/\\|]/.test(name) ||
    /^\s|\s$|\.$|^~\$|_vti_/i.test(name) ||
    /^(\.lock|con|prn|aux|nul|com\d|lpt\d|desktop\.ini)$/i.test(name) ||
    name.length > 400;
  if (isRefused) throw new GraphRefusal(400, 'invalidRequest');
};
