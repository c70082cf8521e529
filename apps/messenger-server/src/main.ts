/** `npm start`: serves the built messenger with an embedded cloud until it is interrupted. */
import { existsSync } from 'node:fs';
import { join, relative } from 'node:path';
import { CLOUD_USERNAME } from './cloud-password.ts';
import { type MessengerServer, startMessengerServer } from './messenger-server.ts';
import { parseServerOptions, USAGE } from './server-options.ts';

const workspace = join(import.meta.dirname, '../../..');
const appFolder = join(workspace, 'dist/apps/messenger/browser');

function describe({ url, password }: MessengerServer, dataFolder: string): string {
  return [
    '',
    `Embedded cloud  ${url}dav/  (files in ${shorten(join(dataFolder, 'cloud'))})`,
    `  user name     ${CLOUD_USERNAME}`,
    password.isNew
      ? `  password      ${password.password}  (shown this once; kept in ${shorten(password.file)})`
      : `  password      see ${shorten(password.file)}`,
    '',
    `Messenger       ${url}`,
    `Second device   ${url}?device=two`,
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
  if (!existsSync(join(appFolder, 'index.html'))) {
    throw new Error(`no built messenger in ${appFolder}; run "npm start" without --no-build`);
  }
  const server = await startMessengerServer({ ...options, appFolder });
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
