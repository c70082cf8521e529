import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const FOLDER = new URL('../format/golden/', import.meta.url);

/**
 * The bytes of a file that was checked in. With `UPDATE_GOLDEN=1` in the environment the given bytes are written first: the way to
 * make the files anew after a change of the format, whose diff is then reviewed. No bytes: only read.
 */
export function goldenBytes(name: string, bytes: Uint8Array): Uint8Array {
  const path = fileURLToPath(new URL(name, FOLDER));
  if (process.env['UPDATE_GOLDEN'] === '1' && bytes.length > 0) {
    mkdirSync(fileURLToPath(FOLDER), { recursive: true });
    writeFileSync(path, bytes);
  }
  return new Uint8Array(readFileSync(path));
}
