import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openPglite } from './pglite-database.ts';
import { DatabaseUnusable } from './wait-for-database.ts';

describe('a folder of PGlite', () => {
  let parent: string;
  let folder: string;
  beforeAll(() => {
    parent = mkdtempSync(join(tmpdir(), 'chat-sync-pglite-'));
    folder = join(parent, 'data');
  });
  afterAll(() => rmSync(parent, { recursive: true, force: true }));

  it('is open once only, and again when it was closed', async () => {
    const first = await openPglite({ folder });
    await sql`CREATE TABLE kept (a int)`.execute(first.db);
    await expect(openPglite({ folder: `${folder}/` })).rejects.toThrow(DatabaseUnusable);
    await first.close();
    expect(existsSync(`${folder}.lock`)).toBe(false);

    // A process that was killed did not give it back.
    const { pid } = spawnSync(process.execPath, ['-e', '']);
    writeFileSync(`${folder}.lock`, `${pid}\n`);
    const second = await openPglite({ folder });
    expect((await sql`SELECT a FROM kept`.execute(second.db)).rows).toEqual([]);
    await second.close();
  });
});
