import { type TestProject } from 'vitest/node';
import { apache } from './apache.js';
import { missingFor } from './installed-peers.js';
import { startGoogleDrivePeer, type GoogleDrivePeer } from './google-drive/browser-peer.js';
import { type S3Peer } from './s3/s3-peer.js';
import { s3rver } from './s3/s3rver.js';

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
    /** Its bucket `no-cors` lets no page in. */
    readonly s3Peer: Omit<S3Peer, 'stop'>;
    readonly googleDrivePeer: GoogleDrivePeer;
  }
}

/** Runs Apache, s3rver and our fake of Google Drive for the tests in the browser, which cannot start a server themselves. */
export default async (project: TestProject): Promise<() => Promise<void>> => {
  const { stop: stopS3, ...s3Peer } = await s3rver.start();
  project.provide('s3Peer', s3Peer);
  const { peer: googleDrivePeer, stop: stopGoogleDrive } = await startGoogleDrivePeer();
  project.provide('googleDrivePeer', googleDrivePeer);
  const stopServices = async () => {
    await Promise.all([stopS3(), stopGoogleDrive()]);
  };
  const needs = missingFor(apache);
  if (needs.length > 0) {
    project.provide('webDavPeer', { kind: 'missing', needs });
    return stopServices;
  }
  const peer = await apache.start();
  const withoutCorsUrl = new URL('/no-cors/', peer.url).href;
  const { url, credentials } = peer;
  project.provide('webDavPeer', { kind: 'running', url, withoutCorsUrl, credentials });
  return async () => {
    await stopServices();
    await peer.stop();
  };
};
