import { mkdir } from 'node:fs/promises';
import FileSystemAdapter from '@nephele/adapter-file-system';
import OpenAuthenticator from '@nephele/authenticator-none';
import { type RequestHandler, Router } from 'express';
import nephele from 'nephele';
import { basicAuth, type BasicCredentials } from './basic-auth.ts';

/** What the embedded cloud needs. */
export interface WebDavCloudOptions {
  /** Folder that holds the files; created when missing. */
  readonly folder: string;
  readonly credentials: BasicCredentials;
}

/**
 * A WebDAV server (RFC 4918) over a folder, to be mounted at any path. The protocol is nephele's; this adds the password
 * and answers failures without a stack trace. Files are sent as they are stored, so sizes and ranges are exact.
 */
export async function createWebDavCloud(options: WebDavCloudOptions): Promise<RequestHandler> {
  await mkdir(options.folder, { recursive: true });
  const router = Router();
  router.use(basicAuth('Chat Vault cloud', options.credentials));
  router.use(
    nephele(
      {
        adapter: new FileSystemAdapter({ root: options.folder }),
        authenticator: new OpenAuthenticator(),
      },
      {
        compression: false,
        errorHandler: async (code, message, _request, response) => {
          if (response.headersSent) {
            response.destroy();
            return;
          }
          response.status(code).type('text/plain').send(`${message}\n`);
        },
      },
    ),
  );
  return router;
}
