/** How a fake folder differs from an ordinary one on a case-sensitive disk. */
export interface FakeFolderOptions {
  readonly name?: string;
  /** Whether `A` and `a` are one name, as on Windows and macOS. */
  readonly ignoresCase?: boolean;
  /** What is to happen when the facts of a file are asked for, by its name; a returned error is thrown. */
  readonly onStat?: (name: string) => Error | undefined;
  /** What becomes of bytes on their way to the disk. */
  readonly onWrite?: (bytes: Uint8Array) => Uint8Array;
}

type Node = FakeFile | FakeFolder;

const fail = (name: string, message = name) => new DOMException(message, name);
const REFUSED_NAME = /[/\\]|^\.{0,2}$/;

class FakeFile {
  readonly kind = 'file';
  readonly name: string;
  readonly #folder: FakeFolder;
  bytes: Uint8Array<ArrayBuffer> = new Uint8Array();

  constructor(name: string, folder: FakeFolder) {
    this.name = name;
    this.#folder = folder;
  }

  async getFile(): Promise<File> {
    this.#folder.disk.check();
    const refused = this.#folder.disk.options.onStat?.(this.name);
    if (refused) throw refused;
    if (!this.#folder.holds(this)) throw fail('NotFoundError');
    return new File([this.bytes], this.name, { lastModified: Date.UTC(2024, 0, 31) });
  }

  /** Bytes go to `<name>.crswap` beside the file and take its name on `close`, as in Chromium. */
  async createWritable() {
    this.#folder.disk.check();
    const swap = this.#folder.add(`${this.name}.crswap`);
    let isClosed = false;
    const end = () => {
      if (isClosed) throw fail('InvalidStateError');
      isClosed = true;
      this.#folder.drop(swap.name);
    };
    return {
      write: async (bytes: Uint8Array) => {
        if (isClosed) throw fail('AbortError');
        swap.bytes = this.#folder.disk.store(bytes);
      },
      close: async () => {
        end();
        this.bytes = swap.bytes;
      },
      abort: async () => end(),
    };
  }
}

class FakeFolder {
  readonly kind = 'directory';
  readonly name: string;
  readonly disk: FakeDisk;
  readonly #nodes = new Map<string, Node>();

  constructor(name: string, disk: FakeDisk) {
    this.name = name;
    this.disk = disk;
  }

  async *entries(): AsyncGenerator<[string, Node]> {
    this.disk.check();
    for (const node of [...this.#nodes.values()]) yield [node.name, node];
  }

  async *keys(): AsyncGenerator<string> {
    for await (const [name] of this.entries()) yield name;
  }

  async getFileHandle(name: string, options?: { readonly create?: boolean }): Promise<FakeFile> {
    const found = this.#find(name);
    if (found?.kind === 'directory') throw fail('TypeMismatchError');
    if (!found && !options?.create) throw fail('NotFoundError');
    return found ?? this.add(name);
  }

  async getDirectoryHandle(name: string, options?: { readonly create?: boolean }) {
    const found = this.#find(name);
    if (found?.kind === 'file') throw fail('TypeMismatchError');
    if (!found && !options?.create) throw fail('NotFoundError');
    return found ?? this.addFolder(name);
  }

  async removeEntry(name: string): Promise<void> {
    if (!this.#find(name)) throw fail('NotFoundError');
    this.drop(name);
  }

  async queryPermission(): Promise<PermissionState> {
    return this.disk.permission;
  }

  async requestPermission(): Promise<PermissionState> {
    this.disk.asked += 1;
    if (!this.disk.isClicked) throw fail('SecurityError', 'no user activation');
    return (this.disk.permission = this.disk.answer);
  }

  add(name: string): FakeFile {
    const file = new FakeFile(name, this);
    this.#nodes.set(this.#key(name), file);
    return file;
  }

  addFolder(name: string): FakeFolder {
    const folder = new FakeFolder(name, this.disk);
    this.#nodes.set(this.#key(name), folder);
    return folder;
  }

  drop(name: string): void {
    this.#nodes.delete(this.#key(name));
  }

  holds(node: Node): boolean {
    return this.#nodes.get(this.#key(node.name)) === node;
  }

  #find(name: string): Node | undefined {
    this.disk.check();
    if (REFUSED_NAME.test(name)) throw new TypeError('Name is not allowed.');
    return this.#nodes.get(this.#key(name));
  }

  #key(name: string): string {
    return this.disk.options.ignoresCase ? name.toLowerCase() : name;
  }
}

/** A folder behind the File System Access API, with the permission of a folder that a person picked. */
export class FakeDisk {
  readonly options: FakeFolderOptions;
  readonly root: FakeFolder;
  permission: PermissionState = 'granted';
  /** What the person will say. */
  answer: PermissionState = 'granted';
  /** Whether a click stands behind the calls. */
  isClicked = true;
  /** How often the person was asked. */
  asked = 0;

  constructor(options: FakeFolderOptions = {}) {
    this.options = options;
    this.root = new FakeFolder(options.name ?? 'Chats', this);
  }

  /** For the driver, which asks for the real thing. */
  get handle(): FileSystemDirectoryHandle {
    return this.root as unknown as FileSystemDirectoryHandle;
  }

  check(): void {
    if (this.permission !== 'granted') throw fail('NotAllowedError');
  }

  store(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
    return Uint8Array.from(this.options.onWrite?.(bytes) ?? bytes);
  }

  /** Puts a file there as another program would. */
  async poke(path: string, bytes: Uint8Array): Promise<void> {
    const parts = path.split('/');
    let folder = this.root;
    for (const part of parts.slice(0, -1)) {
      folder = await folder.getDirectoryHandle(part, { create: true });
    }
    folder.add(parts.at(-1) ?? '').bytes = Uint8Array.from(bytes);
  }

  /** All files with their bytes, sorted by path. */
  async files(): Promise<ReadonlyMap<string, Uint8Array>> {
    const found = new Map<string, Uint8Array>();
    const visit = async (folder: FakeFolder, path: string): Promise<void> => {
      for await (const [name, node] of folder.entries()) {
        if (node.kind === 'directory') await visit(node, `${path}${name}/`);
        else found.set(`${path}${name}`, node.bytes);
      }
    };
    await visit(this.root, '');
    return new Map([...found].sort(([a], [b]) => (a < b ? -1 : 1)));
  }
}
