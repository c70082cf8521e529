/** `npm start`: serves the built messenger with an embedded cloud and the sync server until it is interrupted. */
import { existsSync } from 'node:fs';
import { join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { CLOUD_USERNAME } from './cloud-password.ts';
import { type SyncServerCode } from './live-server.ts';
import { type MessengerServer, startMessengerServer } from './messenger-server.ts';
import { parseServerOptions, USAGE } from './server-options.ts';

const workspace = join(import.meta.dirname, '../../..');
const appFolder = join(workspace, 'dist/apps/messenger/browser');
const syncServerFile = join(workspace, 'dist/apps/sync-server/index.js');

function describe({ url, password, live }: MessengerServer, dataFolder: string): string {
  return [
    '',
    `Embedded cloud  ${url}dav/  (files in ${shorten(join(dataFolder, 'cloud'))})`,
    `  user name     ${CLOUD_USERNAME}`,
    password.isNew
      ? `  password      ${password.password}  (shown this once; kept in ${shorten(password.file)})`
      : `  password      see ${shorten(password.file)}`,
    '',
    live
      ? `Sync server     ${live.url}  (any name signs in, for trying it out; data in ${shorten(join(dataFolder, 'live'))})`
      : `Sync server     not started: another process uses ${shorten(join(dataFolder, 'live'))}`,
    '',
    `Messenger       ${url}`,
    `Second device   ${url}?device=two`,
    ...(live
      ? [
          `Second person   ${url}?device=bob  (sign in there as Bob, here as Ann; a private window does too)`,
        ]
      : []),
    '',
    `Press Ctrl+C to stop. Open ${url}`,
  ].join('\n');
}

/** A path as a person would type it from here. */
function shorten(path: string): string {
  const fromHere = relative(process.cwd(), path);
  return fromHere.startsWith('..') ? path : fromHere;
}

async function main(): Promise<void> {
  const options = parseServerOptions(process.argv.slice(2), {
    current: process.env['INIT_CWD'] ?? process.cwd(),
    data: join(workspace, '.data'),
  });
  if (options === undefined) {
    console.log(USAGE);
    return;
  }
  for (const file of [join(appFolder, 'index.html'), syncServerFile]) {
    if (existsSync(file)) continue;
    throw new Error(`there is no ${shorten(file)}; run "npm start" without --no-build`);
  }
  const syncServer = (await import(pathToFileURL(syncServerFile).href)) as SyncServerCode;
  const server = await startMessengerServer({ ...options, appFolder, syncServer });
  console.log(describe(server, options.dataFolder));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void server.close());
  }
}

try {
  await main();
} catch (error) {
  console.error(`Chat Vault could not start: ${(error as Error).message}`);
  process.exitCode = 1;
}
