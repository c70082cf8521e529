import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPostgresDatabase } from './testing/test-databases.ts';
import { ManualTimers } from './testing/manual-timers.ts';
import { TestPerson } from './testing/test-person.ts';

const WORKSPACE = join(import.meta.dirname, '../../..');
// In the workspace, where the packages are found.
const PROGRAM = join(WORKSPACE, `tmp/sync-server-${process.pid}.mjs`);

/** The server as a process of its own. */
function start(environment: Readonly<Record<string, string>>) {
  const server = spawn(process.execPath, [PROGRAM], {
    env: { PATH: process.env['PATH'], AUTH: 'development', PORT: '0', ...environment },
  });
  const told = { out: '', err: '' };
  server.stdout.setEncoding('utf8').on('data', (text: string) => (told.out += text));
  server.stderr.setEncoding('utf8').on('data', (text: string) => (told.err += text));
  return { server, told, exited: once(server, 'exit') as Promise<[number | null]> };
}

describe('the process', () => {
  beforeAll(() =>
    build({
      entryPoints: [join(import.meta.dirname, 'main.ts')],
      outfile: PROGRAM,
      tsconfig: join(WORKSPACE, 'tsconfig.base.json'),
      bundle: true,
      packages: 'external',
      platform: 'node',
      target: 'node24',
      format: 'esm',
      logLevel: 'silent',
    }),
  );
  afterAll(() => rmSync(PROGRAM, { force: true }));

  it('ends with 1 and a sentence when PostgreSQL cannot be reached', async () => {
    const { exited, told } = start({
      DATABASE_URL: 'postgres://chat:secret@127.0.0.1:9/chat',
      DATABASE_WAIT_MS: '0',
    });
    expect((await exited)[0]).toBe(1);
    expect(told.err.trim()).toMatch(
      /^The database of DATABASE_URL, "chat" at 127\.0\.0\.1:9, did not answer within 0 s: .+$/,
    );
    expect(told.err + told.out).not.toContain('secret');
  });

  it('ends with 1 and a sentence when a setting is wrong', async () => {
    const { exited, told } = start({ DATABASE_URL: 'mysql://chat' });
    expect((await exited)[0]).toBe(1);
    expect(told.err).toMatch(/^DATABASE_URL is not of the form postgres:/);
  });

  it('ends in good order when it is told to, however often', async () => {
    const { server, exited, told } = start({ DATABASE_URL: await createPostgresDatabase() });
    await expect.poll(() => told.out, { timeout: 20_000 }).toContain('Sync server at');
    const url = /Sync server at (\S+)/.exec(told.out)?.[1] ?? '';
    const anna = await TestPerson.signIn(url, 'anna', new ManualTimers(Date.now()));
    const stream = await anna.live();
    await stream.until('caught-up');
    server.kill('SIGTERM');
    server.kill('SIGINT');
    expect((await stream.until('end')).event.data).toEqual({ reason: 'shutdown' });
    expect(await stream.next()).toBeUndefined();
    expect((await exited)[0]).toBe(0);
    expect(told.out).toContain('"msg":"stopped"');
  });
});
