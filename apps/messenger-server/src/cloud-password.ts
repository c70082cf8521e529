import { randomInt } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The password of the embedded cloud. */
export interface CloudPassword {
  readonly password: string;
  /** The file that keeps it, readable by its owner only. */
  readonly file: string;
  /** Whether it was made just now, so that the person has not seen it yet. */
  readonly isNew: boolean;
}

/** Name of the only user of the embedded cloud. */
export const CLOUD_USERNAME = 'demo';

/** Letters and digits that nobody takes for one another. */
const ALPHABET = 'abcdefghjkmnpqrstuvwxyz23456789';

/** Reads the password kept in `dataFolder`, or makes one there the first time. */
export async function openCloudPassword(dataFolder: string): Promise<CloudPassword> {
  const file = join(dataFolder, 'cloud-password.txt');
  await mkdir(dataFolder, { recursive: true });
  const kept = (await readIfPresent(file))?.trim();
  if (kept !== undefined && kept !== '') return { password: kept, file, isNew: false };
  const password = createPassword();
  await writeFile(file, `${password}\n`, { mode: 0o600 });
  return { password, file, isNew: true };
}

/** Four groups of five characters: 99 bits of chance, and easy to copy by hand. */
function createPassword(): string {
  const group = () =>
    Array.from({ length: 5 }, () => ALPHABET[randomInt(ALPHABET.length)]).join('');
  return Array.from({ length: 4 }, group).join('-');
}

async function readIfPresent(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    // The first start has no file yet; anything else, such as missing rights, must be seen.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
