import { FakeGoogleDrive } from './fake-google-drive.js';
import { serveFetch } from './serve-fetch.js';

/** Our fake of Google Drive as pages of another origin reach it. */
export interface GoogleDrivePeer {
  readonly url: string;
  /** The same for a page that may not see how much of an upload there is. */
  readonly withoutRangeUrl: string;
  /** A script that brings what Google's brings; the person in it agrees at once. */
  readonly scriptUrl: string;
}

const SCRIPT = `globalThis.google = { accounts: { oauth2: { initTokenClient: (config) => ({
  requestAccessToken: () => config.callback({ access_token: 'valid-token', scope: config.scope }),
}) } } };`;

/** Starts it for the tests in the browser. */
export const startGoogleDrivePeer = async (): Promise<{
  readonly peer: GoogleDrivePeer;
  readonly stop: () => Promise<void>;
}> => {
  const drive = new FakeGoogleDrive();
  const answer = async (request: Request): Promise<Response> => {
    if (new URL(request.url).pathname !== '/client.js') return drive.handle(request);
    return new Response(SCRIPT, { headers: { 'Content-Type': 'text/javascript' } });
  };
  const open = await serveFetch(answer, ['Location', 'Range', 'Content-Range']);
  const narrow = await serveFetch(answer, ['Location']);
  return {
    peer: {
      url: open.url,
      withoutRangeUrl: narrow.url,
      scriptUrl: `${open.url}/client.js`,
    },
    stop: async () => {
      await Promise.all([open.stop(), narrow.stop()]);
    },
  };
};
