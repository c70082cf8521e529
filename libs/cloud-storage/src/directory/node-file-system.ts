import { CloudError } from '../port/cloud-error.js';

/** The part of `node:fs/promises` that is used here, so that no type of Node is in the published ones. */
export interface NodeFileSystem {
  readdir(path: string, options: { readonly withFileTypes: true }): Promise<readonly NodeEntry[]>;
  stat(path: string): Promise<NodeStat>;
  open(path: string, flags: string): Promise<NodeFile>;
  mkdir(path: string, options: { readonly recursive: true }): Promise<unknown>;
  link(existing: string, added: string): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  unlink(path: string): Promise<void>;
}

/** A name in a folder, as Node gives it. */
export interface NodeEntry {
  readonly name: string;
  isFile(): boolean;
  isDirectory(): boolean;
  isSymbolicLink(): boolean;
}

/** Facts about a file, as Node gives them. */
export interface NodeStat {
  readonly size: number;
  readonly mtimeMs: number;
  isFile(): boolean;
  isDirectory(): boolean;
}

/** An open file, as Node gives it. */
export interface NodeFile {
  stat(): Promise<NodeStat>;
  read(
    buffer: Uint8Array,
    offset: number,
    length: number,
    position: number,
  ): Promise<{ readonly bytesRead: number }>;
  writeFile(bytes: Uint8Array, options?: { readonly signal?: AbortSignal }): Promise<void>;
  sync(): Promise<void>;
  close(): Promise<void>;
}

interface NodeGlobal {
  readonly process?: { getBuiltinModule?(name: string): unknown };
}

/**
 * Node's own file system, asked for at run time: no bundler sees an import of it, so nothing of Node gets into a page.
 *
 * @throws CloudError `invalid` where there is none
 */
export const nodeFileSystem = (): NodeFileSystem => {
  const { process } = globalThis as unknown as NodeGlobal;
  const found = process?.getBuiltinModule?.('node:fs/promises');
  if (!found) {
    throw new CloudError(
      'invalid',
      'cloud-storage/directory: a path works in Node 22.3 and later only; in a browser give a handle',
    );
  }
  return found as NodeFileSystem;
};
