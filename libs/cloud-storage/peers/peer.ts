import { createHash } from 'node:crypto';
import { findProgram } from './server-process.js';

/** A WebDAV server that others wrote, running on the loopback interface. */
export interface Peer {
  /** The root of the storage. */
  readonly url: string;
  readonly credentials: typeof CREDENTIALS;
  /** How it lists folders, when not by `PROPFIND`. */
  readonly listing?: 'autoindex-json';
  /** Where the server keeps the files, to look at them from behind. */
  readonly folder: string;
  /** Makes a server notice what was written there from behind, if it does not do so by itself. */
  readonly lookAgain?: () => Promise<void>;
  /** Stops it and removes its files. */
  readonly stop: () => Promise<void>;
}

/** A kind of server, whether installed or not. */
export interface PeerKind {
  readonly name: string;
  /** The Debian packages that bring it. */
  readonly packages: readonly string[];
  /** Every file without which it cannot run; a name without a slash is looked for as a program. */
  readonly needs: readonly string[];
  /** Whether it honours `If-None-Match: *` on `PUT`. */
  readonly refusesOtherSize: boolean;
  /** Whether it lists no folder that holds a symbolic link to nowhere. */
  readonly failsOnLinks?: boolean;
  start(): Promise<Peer>;
}

/** A server of some configuration, on the loopback interface. */
export interface RunningServer {
  /** Like `http://127.0.0.1:8080`. */
  readonly origin: string;
  /** Its work folder: `files` are what it serves, `run` is what it needs while it runs, `passwords` has the one account. */
  readonly root: string;
  /** Stops it and removes its files. */
  readonly stop: () => Promise<void>;
}

/** The one account that every peer knows; signs and letters beyond ASCII on purpose. */
export const CREDENTIALS = { username: 'anna', password: 'grün:käse' } as const;

/** `CREDENTIALS` as a line of a password file, which Apache, nginx and lighttpd read alike. */
export const PASSWORD_FILE = `${CREDENTIALS.username}:{SHA}${createHash('sha1')
  .update(CREDENTIALS.password)
  .digest('base64')}\n`;

/** The program that the kind needs. @throws Error when it is not installed */
export const programOf = (name: string): string => {
  const path = findProgram(name);
  if (!path) throw new Error(`${name} is not installed`);
  return path;
};
