import { type ByteRange } from '../port/cloud-storage.js';

/** The parts of a path, each checked by `parseFilePath`. */
export type PathParts = readonly string[];

/** What the two file systems offer to the directory driver. They throw `CloudError`; what is absent is a value. */
export interface DirectoryFiles {
  /** Names in the folder, `undefined` when there is no such folder. */
  entries(folder: PathParts): Promise<readonly DirectoryEntry[] | undefined>;
  /** Bytes of a file, `undefined` when there is no such file. */
  read(file: PathParts, range: ByteRange | undefined): Promise<Uint8Array | undefined>;
  /**
   * Writes a file and the folders it needs, all or nothing, and checks its size. A file of no bytes is written over: it is one whose
   * writing never ended. Gives the size of any other file that was there already and was kept.
   */
  write(file: PathParts, bytes: Uint8Array, signal?: AbortSignal): Promise<number | undefined>;
  /** Absent is fine. */
  remove(file: PathParts): Promise<void>;
  /** Whether the person lets us in; asks them when `isInteractive`. Absent where there is nothing to ask. */
  askPermission?(isInteractive: boolean): Promise<PermissionState>;
}

/** One name in a folder. */
export interface DirectoryEntry {
  readonly name: string;
  readonly isFolder: boolean;
  /** `undefined` when the file went meanwhile, or when it is one that this driver could never read. */
  stat(): Promise<FileStat | undefined>;
}

/** What a listing tells of a file. */
export interface FileStat {
  readonly size: number;
  /** Unix ms. */
  readonly modifiedMs: number;
}
