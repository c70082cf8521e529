import { type Response } from 'express';
import { FakeAuthority } from '../service/fake-authority.js';
import {
  sendBytes,
  startFakeService,
  type FakeService,
  type SeenRequest,
} from '../service/fake-service.js';
import { DropboxEndpoints, metadataOf, type Argument } from './dropbox-endpoints.js';
import { DropboxRefusal, refusal, type DropboxTree } from './dropbox-tree.js';

/** Our imitation of Dropbox, and what a test may do behind its back. */
export interface FakeDropbox extends FakeService {
  readonly authority: FakeAuthority;
  readonly endpoints: DropboxEndpoints;
  readonly tree: DropboxTree;
  /** Calls since the start, by endpoint. */
  calls(endpoint: string): number;
}

const WRITES = ['files/upload', 'files/delete_v2', 'files/upload_session/finish'];

/**
 * A contract fake of our own, made from Dropbox's public documentation of its HTTP API (version 2), not from its code or a recording:
 * what it agrees with is what that documentation says. It keeps everything in memory. Writes that overlap in time are refused, as the lock
 * of a namespace does.
 */
export const startFakeDropbox = async (
  redirectUris: readonly string[] = [],
  options: { readonly rotates?: boolean } = {},
): Promise<FakeDropbox> => {
  const app = { clientId: 'app-key', redirectUris };
  const authority = new FakeAuthority(app, options.rotates ?? false);
  const endpoints = new DropboxEndpoints(authority);
  const hosts = new DropboxHosts(authority, endpoints);
  const service = await startFakeService((request, response) => hosts.handle(request, response), {
    allow: 'Authorization, Content-Type, Dropbox-API-Arg, Range',
    expose: 'Dropbox-API-Result, Retry-After',
  });
  return {
    ...service,
    authority,
    endpoints,
    tree: endpoints.tree,
    calls: (endpoint) => service.requests.filter(({ path }) => path === `/2/${endpoint}`).length,
  };
};

/** The three hosts: for sign-in, for JSON, for content. */
class DropboxHosts {
  readonly #authority: FakeAuthority;
  readonly #endpoints: DropboxEndpoints;
  #writesUnderWay = 0;

  constructor(authority: FakeAuthority, endpoints: DropboxEndpoints) {
    this.#authority = authority;
    this.#endpoints = endpoints;
  }

  handle(request: SeenRequest, response: Response): void {
    const url = new URL(request.path, `https://${request.host}`);
    if (url.href.startsWith('https://www.dropbox.com/oauth2/authorize?')) {
      response.redirect(302, this.#authority.authorize(url.searchParams));
    } else if (url.href === 'https://api.dropboxapi.com/oauth2/token') {
      const { status, json } = this.#authority.token(new URLSearchParams(request.body.toString()));
      response.status(status).json(json);
    } else this.#call(request, response, url.pathname.replace(/^\/2\//, ''));
  }

  #call(request: SeenRequest, response: Response, endpoint: string): void {
    const isContent = /^files\/(upload|download)/.test(endpoint);
    const host = isContent ? 'content.dropboxapi.com' : 'api.dropboxapi.com';
    const text = isContent ? (request.headers['dropbox-api-arg'] ?? '') : request.body.toString();
    const isWrite = WRITES.includes(endpoint);
    if (request.method !== 'POST' || request.host !== host) {
      response.status(404).type('text/plain').send('Unknown API function');
    } else if (!this.#authority.isAuthorized(request.headers)) {
      const error = { '.tag': 'expired_access_token' };
      response.status(401).json({ error_summary: 'expired_access_token/..', error });
    } else if (isContent && !/^[\x20-\x7e]+$/.test(text)) {
      response.status(400).type('text/plain').send('the argument is not ASCII JSON');
    } else if (isWrite && this.#writesUnderWay > 0) {
      tooManyWrites(response);
    } else {
      const argument = JSON.parse(text) ?? {};
      const reply = () => this.#reply(request, response, { endpoint, argument });
      if (isWrite) this.#writeSoon(reply);
      else reply();
    }
  }

  /** Long enough for writes at once to meet. */
  #writeSoon(reply: () => void): void {
    this.#writesUnderWay += 1;
    setImmediate(() => {
      this.#writesUnderWay -= 1;
      reply();
    });
  }

  #reply(
    request: SeenRequest,
    response: Response,
    { endpoint, argument }: { readonly endpoint: string; readonly argument: Argument },
  ): void {
    try {
      if (endpoint === 'files/download') {
        this.#download(request, response, String(argument['path']));
        return;
      }
      const answer = this.#endpoints.run(endpoint, argument, request.body);
      if (answer !== undefined) response.json(answer);
      else response.status(400).type('text/plain').send('Unknown API function');
    } catch (error) {
      if (!(error instanceof DropboxRefusal)) throw error;
      response.status(409).json({ error_summary: `${error.summary}/..`, error: error.error });
    }
  }

  #download(request: SeenRequest, response: Response, path: string): void {
    const node = this.#endpoints.tree.find(path, 'path');
    if (node.kind !== 'file') throw refusal('path', 'not_file');
    const metadata = JSON.stringify(metadataOf(node));
    response.set('Dropbox-API-Result', metadata.replace(/[^\x20-\x7e]/g, escapeUnit));
    sendBytes(request, response, node.bytes);
  }
}

const escapeUnit = (unit: string): string =>
  `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;

const tooManyWrites = (response: Response): void => {
  response
    .status(429)
    .set('Retry-After', '1')
    .json({
      error_summary: 'too_many_write_operations/..',
      error: { reason: { '.tag': 'too_many_write_operations' }, retry_after: 1 },
    });
};
