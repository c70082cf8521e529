import { type TestProject } from 'vitest/node';
import { apache } from './apache.js';
import { missingFor } from './installed-peers.js';

/** Addresses on a WebDAV server of another origin than the page's, or what it lacks to run here. */
export type BrowserPeer =
  | {
      readonly kind: 'running';
      readonly url: string;
      /** The same files without CORS headers. */
      readonly withoutCorsUrl: string;
      readonly credentials: { readonly username: string; readonly password: string };
    }
  | { readonly kind: 'missing'; readonly needs: readonly string[] };

declare module 'vitest' {
  interface ProvidedContext {
    readonly webDavPeer: BrowserPeer;
  }
}

/** Runs Apache for the tests in the browser, which cannot start a server themselves. */
export default async (project: TestProject): Promise<() => Promise<void>> => {
  const needs = missingFor(apache);
  if (needs.length > 0) {
    project.provide('webDavPeer', { kind: 'missing', needs });
    return () => Promise.resolve();
  }
  const peer = await apache.start();
  const withoutCorsUrl = new URL('/no-cors/', peer.url).href;
  const { url, credentials } = peer;
  project.provide('webDavPeer', { kind: 'running', url, withoutCorsUrl, credentials });
  return peer.stop;
};
