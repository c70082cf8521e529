import { spawnSync } from 'node:child_process';

/** A Python that has these modules; `undefined` when there is none. Debian's own knows Debian's packages, whatever else is installed. */
export const findPython = (modules: readonly string[]): string | undefined =>
  ['python3', '/usr/bin/python3'].find((name) => {
    const words = ['-c', `import ${modules.join(', ')}`];
    return spawnSync(name, words, { stdio: 'ignore' }).status === 0;
  });

/** What a program in Python prints, and how it ended. */
export function runPython(
  python: string,
  words: readonly string[],
  input: string,
): { readonly status: number | null; readonly stdout: string; readonly stderr: string } {
  const env = { ...process.env, PYTHONDONTWRITEBYTECODE: '1' };
  return spawnSync(python, words, { input, env, encoding: 'utf8' });
}
