import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseUnusable } from './wait-for-database.ts';

/**
 * Takes a folder for this process, as PGlite does not look who else has it open: two that write lose what the other one wrote.
 * A file beside the folder names the process; one that ended without giving it back does not count. Gives what gives it back.
 * @throws DatabaseUnusable
 */
export function lockFolder(folder: string): () => void {
  const file = `${folder.replace(/[/\\]+$/, '')}.lock`;
  mkdirSync(dirname(file), { recursive: true });
  if (!tryWrite(file)) {
    const owner = readOwner(file);
    if (owner !== undefined && isRunning(owner)) {
      throw new DatabaseUnusable(
        `The folder ${folder} is in use by process ${owner}: PGlite is for one server. ` +
          `If that is no sync server, remove ${file}.`,
      );
    }
    rmSync(file, { force: true });
    if (!tryWrite(file)) throw new DatabaseUnusable(`The folder ${folder} was taken just now.`);
  }
  return () => rmSync(file, { force: true });
}

function tryWrite(file: string): boolean {
  try {
    writeFileSync(file, `${process.pid}\n`, { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as { readonly code?: string }).code === 'EEXIST') return false;
    throw error;
  }
}

function readOwner(file: string): number | undefined {
  try {
    const owner = Number(readFileSync(file, 'utf8'));
    return Number.isInteger(owner) && owner > 0 ? owner : undefined;
  } catch {
    return undefined; // given back meanwhile
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Somebody else's process is one too.
    return (error as { readonly code?: string }).code === 'EPERM';
  }
}
