import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { gunzipSync } from 'node:zlib';

/** A file as whoever keeps the cloud has it. */
export interface StoredFile {
  /** Below the folder of the cloud. */
  readonly path: string;
  /** Its content, unpacked where it is packed, with one character for each byte. */
  readonly text: string;
}

/** Everything that lies in the folder of a cloud, read as somebody reads who looks for something. */
export async function readStoredFiles(folder: string): Promise<readonly StoredFile[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  return Promise.all(
    files.map(async ({ parentPath, name }) => {
      const path = join(parentPath, name);
      return { path: relative(folder, path), text: unpack(await readFile(path)) };
    }),
  );
}

function unpack(bytes: Buffer): string {
  const isPacked = bytes[0] === 0x1f && bytes[1] === 0x8b;
  return (isPacked ? gunzipSync(bytes) : bytes).toString('latin1');
}
