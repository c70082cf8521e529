import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chown, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** `nobody` and `nogroup` of Debian; servers run as these when the tests run as root. */
const UNPRIVILEGED = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : undefined;

/** Where a program is, system folders included that are not in a person's PATH; `undefined` when it is not installed. */
export const findProgram = (name: string): string | undefined =>
  [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin', '/usr/bin']
    .map((folder) => join(folder, name))
    .find((path) => existsSync(path));

/** A port of the loopback interface that nobody listens on. */
export const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
};

/** A new folder below the system's temporary one, with the given sub-folders, owned by the user that the servers run as. */
export const createWorkFolder = async (name: string, folders: readonly string[]) => {
  const root = await mkdtemp(join(tmpdir(), `chat-vault-${name}-`));
  await Promise.all(folders.map((folder) => mkdir(join(root, folder))));
  if (UNPRIVILEGED) {
    const { uid, gid } = UNPRIVILEGED;
    await Promise.all(['.', ...folders].map((folder) => chown(join(root, folder), uid, gid)));
  }
  return root;
};

/** A new folder in a work folder, owned by the same user. */
export const addFolder = async (path: string): Promise<void> => {
  await mkdir(path);
  if (UNPRIVILEGED) await chown(path, UNPRIVILEGED.uid, UNPRIVILEGED.gid);
};

/** What to run, in the foreground; its work folder is removed when it was stopped. */
export interface ServerCommand {
  readonly program: string;
  readonly args: readonly string[];
  readonly port: number;
  readonly workFolder: string;
}

/** Starts a server and waits until it takes connections. Gives the function that stops it. */
export const startServer = async (command: ServerCommand): Promise<() => Promise<void>> => {
  const { program, args, port, workFolder } = command;
  const child = spawn(program, args, {
    cwd: workFolder,
    env: { PATH: process.env['PATH'], HOME: workFolder },
    stdio: ['ignore', 'ignore', 'pipe'],
    ...UNPRIVILEGED,
  });
  let log = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (log += text));
  const exited = once(child, 'exit');
  const kill = () => child.kill();
  process.once('exit', kill);
  while (!(await canConnect(port))) {
    if (child.exitCode !== null) throw new Error(`${program} ended at once: ${log}`);
    await delay(20);
  }
  return async () => {
    process.off('exit', kill);
    child.kill();
    await exited;
    await rm(workFolder, { recursive: true, force: true });
  };
};

const canConnect = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(socket.destroy() !== undefined));
    socket.once('error', () => resolve(false));
  });
