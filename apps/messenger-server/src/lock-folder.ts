import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Takes a folder for this process; `undefined` when another one that lives has it. The file that says so holds the number of the process, so that one that was killed
 * does not keep it.
 */
export async function lockFolder(folder: string): Promise<(() => Promise<void>) | undefined> {
  const file = join(folder, 'process.lock');
  if (!(await create(file))) {
    if (isAlive(await readOwner(file))) return undefined;
    await rm(file, { force: true });
    if (!(await create(file))) return undefined;
  }
  return () => rm(file, { force: true });
}

async function create(file: string): Promise<boolean> {
  try {
    await writeFile(file, `${process.pid}\n`, { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

async function readOwner(file: string): Promise<number> {
  try {
    return Number.parseInt(await readFile(file, 'utf8'), 10);
  } catch (error) {
    // Its owner ended meanwhile.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return Number.NaN;
    throw error;
  }
}

function isAlive(pid: number): boolean {
  if (!(pid > 0)) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // It lives, and belongs to somebody else.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
