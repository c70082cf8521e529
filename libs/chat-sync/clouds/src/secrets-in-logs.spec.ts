import { TestBed } from '@angular/core/testing';
import {
  ChatHistory,
  type ChatSyncFeature,
  ChatSyncService,
  withLogger,
  withWebDav,
} from '@chat-vault/chat-sync';
import { ChatSyncTestingController, provideChatSyncTesting } from '@chat-vault/chat-sync/testing';
import { describe, expect, it } from 'vitest';
import { withDropbox } from './with-dropbox';
import { withGoogleDrive } from './with-google-drive';
import { withOneDrive } from './with-one-drive';
import { withS3 } from './with-s3';

const SECRET = 'secret-of-ann';
const TEXT = 'we meet at the old oak';
const FOREIGN = 'Diary of Bob.pdf';
const BASIC = btoa(`ann:${SECRET}`);

type Fetch = typeof globalThis.fetch;

/** A service that answers with all it was told, and with what else it holds, whatever it is asked. */
const telling =
  (status: number): Fetch =>
  async (input, init) => {
    const request = new Request(input, init);
    const headers = Object.fromEntries(request.headers);
    const body = await request.text();
    const told = JSON.stringify({ url: request.url, headers, body, name: FOREIGN });
    const error = { code: told, message: told, errors: [{ reason: told, message: told }] };
    return new Response(
      JSON.stringify({ error, error_summary: told, files: [{ name: FOREIGN }] }),
      {
        status,
        statusText: 'as said',
        headers: { 'Content-Type': 'application/json', 'X-Told': encodeURIComponent(told) },
      },
    );
  };

/** A network that fails and tells where it was asked to go. */
const broken: Fetch = async (input, init) => {
  const { url, headers } = new Request(input, init);
  throw new TypeError(`failed: ${url} ${JSON.stringify(Object.fromEntries(headers))} ${FOREIGN}`);
};

/** A WebDAV server that lists files of others beside ours, and refuses to take any. */
const listing: Fetch = async (input, init) => {
  const { method, url } = new Request(input, init);
  if (method !== 'PROPFIND') return telling(method === 'PUT' ? 400 : 500)(input, init);
  const { pathname } = new URL(url);
  const names = ['', encodeURIComponent(FOREIGN), '20250101T000000000Z-bad.json.gz'];
  const responses = names.map(
    (name) =>
      `<response><href>${pathname}${name}</href><propstat><prop><resourcetype>${name ? '' : '<collection/>'}</resourcetype><getcontentlength>5</getcontentlength><getlastmodified>Wed, 01 Jan 2025 00:00:00 GMT</getlastmodified></prop><status>HTTP/1.1 200 OK</status></propstat></response>`,
  );
  return new Response(`<multistatus xmlns="DAV:">${responses.join('')}</multistatus>`, {
    status: 207,
  });
};

const token = async () => SECRET;
const credentials = { accessKeyId: 'key-of-ann', secretAccessKey: SECRET };
const s3 = { endpoint: 'https://s3.example', bucket: 'vault', region: 'auto', credentials };
const dav = {
  url: 'https://dav.example/files/',
  credentials: { username: 'ann', password: SECRET },
};

const CLOUDS: Readonly<Record<string, (fetch: Fetch) => ChatSyncFeature>> = {
  webdav: (fetch) => withWebDav({ ...dav, fetch }),
  s3: (fetch) => withS3({ ...s3, fetch }),
  'google-drive': (fetch) => withGoogleDrive({ token, fetch }),
  dropbox: (fetch) => withDropbox({ token, fetch }),
  onedrive: (fetch) => withOneDrive({ token, fetch }),
};

/** What is logged when a message is backed up to that cloud. */
const logOf = async (providerId: string, feature: ChatSyncFeature): Promise<string> => {
  const lines: string[] = [];
  const note = (message: string, details?: object) =>
    void lines.push(JSON.stringify([message, details]));
  const logger = withLogger({ error: note, info: note, debug: note });
  TestBed.resetTestingModule();
  const providers = [provideChatSyncTesting({ isConnected: false }, feature, logger)];
  TestBed.configureTestingModule({ providers });
  const controller = TestBed.inject(ChatSyncTestingController);
  const chatSync = TestBed.inject(ChatSyncService);
  await TestBed.inject(ChatHistory).save({
    id: 'one',
    conversationUrn: 'urn:chat:1',
    senderId: 'ann',
    typeId: 'text/plain',
    sentTimestamp: '2025-01-01T00:00:00.000Z',
    payloadBytes: new TextEncoder().encode(TEXT),
  });
  await chatSync.connect(providerId);
  await chatSync.syncMessages(providerId);
  await controller.settle();
  expect(lines.length).toBeGreaterThan(0);
  return lines.join('\n');
};

const expectNoSecrets = (log: string) => {
  for (const secret of [SECRET, BASIC, TEXT, FOREIGN, encodeURIComponent(FOREIGN), 'Signature=']) {
    expect(log).not.toContain(secret);
  }
};

describe('the log', () => {
  for (const [providerId, withFetch] of Object.entries(CLOUDS)) {
    it.each([200, 400, 401, 403, 404, 409, 412, 429, 500, 503, 507])(
      `holds no secret, text or name of others when ${providerId} says %i and repeats all it was told`,
      async (status) => expectNoSecrets(await logOf(providerId, withFetch(telling(status)))),
    );

    it(`does not either when ${providerId} cannot be reached`, async () => {
      expectNoSecrets(await logOf(providerId, withFetch(broken)));
    });
  }

  it('does not either when a server lists files of others and refuses ours', async () => {
    const log = await logOf('webdav', withWebDav({ ...dav, fetch: listing }));
    expectNoSecrets(log);
    expect(log).toContain('PUT');
  });

  it('does not either when the code of the application throws with a secret', async () => {
    const throwing = async () => {
      throw new Error(`refresh_token=${SECRET}`);
    };
    const own = { ...dav, fetch: telling(500), credentials: { token: throwing } };
    expectNoSecrets(await logOf('webdav', withWebDav(own)));
  });
});
