import { createHash } from 'node:crypto';

/** The type of a folder in Google Drive. */
export const FOLDER = 'application/vnd.google-apps.folder';

/** A file or folder in the fake. */
export interface FakeFile {
  readonly id: string;
  name: string;
  readonly mimeType: string;
  parents: readonly string[];
  bytes: Uint8Array;
  /** Bytes as listings tell them, where that is not the length of `bytes`. */
  size?: number;
  readonly createdTime: string;
  trashed: boolean;
}

/** What a request to create something says. */
export interface NewFile {
  readonly id?: string;
  readonly name: string;
  readonly mimeType?: string;
  readonly parents?: readonly string[];
}

/** The files of one person, by id; names are labels. */
export class FakeStore {
  readonly files = new Map<string, FakeFile>();
  /** Ids that were given out and not used. */
  readonly #reserved = new Set<string>();
  #lastId = 0;
  #lastMs = Date.UTC(2024, 0, 31);

  constructor() {
    for (const id of ['root-of-my-drive', 'root-of-app-data']) {
      this.files.set(id, this.#fileOf({ id, name: id, mimeType: FOLDER, parents: [] }));
    }
  }

  /** The id that an alias stands for. */
  idOf(alias: string): string {
    if (alias === 'root') return 'root-of-my-drive';
    return alias === 'appDataFolder' ? 'root-of-app-data' : alias;
  }

  reserve(count: number): readonly string[] {
    const ids = Array.from({ length: count }, () => this.#nextId());
    for (const id of ids) this.#reserved.add(id);
    return ids;
  }

  /** Whether a new file may have the id: given out before, and not used. */
  isReserved(id: string): boolean {
    return this.#reserved.has(id) && !this.files.has(id);
  }

  /** Forgets the ids that were given out, as when they were given to another account. */
  forgetReserved(): void {
    this.#reserved.clear();
  }

  add(file: NewFile, bytes: Uint8Array = new Uint8Array()): FakeFile {
    const added = { ...this.#fileOf(file), bytes };
    this.files.set(added.id, added);
    return added;
  }

  /** Whether it, or a folder that it is in, is in the trash. */
  isTrashed(file: FakeFile): boolean {
    const parents = file.parents.flatMap((id) => this.files.get(id) ?? []);
    return file.trashed || parents.some((parent) => this.isTrashed(parent));
  }

  /** The things of a path below My Drive; several where names are not unique. */
  at(path: string): readonly FakeFile[] {
    let ids = [this.idOf('root')];
    let found: readonly FakeFile[] = [];
    for (const name of path.split('/')) {
      const above = ids;
      found = [...this.files.values()].filter(
        (file) => file.name === name && file.parents.some((id) => above.includes(id)),
      );
      ids = found.map(({ id }) => id);
    }
    return found;
  }

  /** Removes it and all that is in it. */
  remove(id: string): void {
    this.files.delete(id);
    for (const file of [...this.files.values()]) {
      if (file.parents.includes(id)) this.remove(file.id);
    }
  }

  #fileOf({ id, name, mimeType, parents }: NewFile): FakeFile {
    this.#lastMs += 1;
    return {
      id: id ?? this.#nextId(),
      name,
      mimeType: mimeType ?? 'application/octet-stream',
      parents: (parents ?? ['root']).map((parent) => this.idOf(parent)),
      bytes: new Uint8Array(),
      createdTime: new Date(this.#lastMs).toISOString(),
      trashed: false,
    };
  }

  #nextId(): string {
    this.#lastId += 1;
    // As long as Google's, and in no order.
    return createHash('sha256').update(`${this.#lastId}`).digest('base64url').slice(0, 33);
  }
}

/** A file as the API tells of it. */
export const toResource = (store: FakeStore, file: FakeFile): Readonly<Record<string, unknown>> => {
  const { id, name, mimeType, createdTime } = file;
  const isOfGoogle = mimeType.startsWith('application/vnd.google-apps.');
  return {
    id,
    name,
    mimeType,
    createdTime,
    modifiedTime: createdTime,
    trashed: store.isTrashed(file),
    ...(!isOfGoogle && {
      size: `${file.size ?? file.bytes.length}`,
      md5Checksum: createHash('md5').update(file.bytes).digest('hex'),
    }),
  };
};
