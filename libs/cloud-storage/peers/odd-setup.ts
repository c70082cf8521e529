import { type TestProject } from 'vitest/node';
import { type WebDavFinding } from '../src/webdav/diagnosis/finding.js';
import { ODDITIES, startOddServer } from './odd-server.js';

/** A folder of the odd server, and what a page of another origin should find there. */
export interface OddFolder {
  readonly name: string;
  readonly url: string;
  readonly code: WebDavFinding;
  readonly missing: readonly string[];
}

/** The odd server as a page sees it. */
export interface BrowserOddServer {
  readonly folders: readonly OddFolder[];
  readonly credentials: { readonly username: string; readonly password: string };
}

declare module 'vitest' {
  interface ProvidedContext {
    readonly oddServer: BrowserOddServer;
  }
}

/** Runs the odd server for the tests in the browser. */
export default async (project: TestProject): Promise<() => Promise<void>> => {
  const { origin, credentials, stop } = await startOddServer();
  const folders = Object.entries(ODDITIES).map(([name, oddity]) => {
    const code = oddity.inPage ?? oddity.code;
    const missing = (code === oddity.code && oddity.missing) || [];
    return { name, url: `${origin}/${name}/`, code, missing };
  });
  project.provide('oddServer', { folders, credentials });
  return stop;
};
