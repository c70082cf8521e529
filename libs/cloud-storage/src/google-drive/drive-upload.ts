import { type HttpAnswer } from '../http/http-client.js';
import { type Caller, type DriveApi, type Posted } from './drive-api.js';
import { type Attempt } from './drive-create.js';
import { ENTRY_FIELDS } from './drive-entry.js';
import { loadLater } from './load-later.js';

/** A file on its way: its new id, where it goes, and what is in it. */
export interface Upload {
  readonly id: string;
  readonly name: string;
  readonly parent: string;
  readonly bytes: Uint8Array;
}

/** Google takes up to this in one request. */
const ONE_REQUEST_BYTES = 5_000_000;

/** Sends a file: with its name in one request when it is small, else in parts. Gives the last answer, of any status. */
export const upload = async (
  api: DriveApi,
  attempt: Attempt,
  caller: Caller,
  { id, name, parent, bytes }: Upload,
): Promise<HttpAnswer> => {
  // A type of which Google converts nothing.
  const metadata = { id, name, parents: [parent], mimeType: 'application/octet-stream' };
  const posted: Posted = {
    url: '/upload/drive/v3/files',
    query: { fields: ENTRY_FIELDS, uploadType: 'multipart' },
    metadata,
    media: bytes,
  };
  if (bytes.length <= ONE_REQUEST_BYTES) return api.post(caller, posted);
  const { uploadInParts } = await loadLater(() => import('./upload-in-parts.js'));
  return uploadInParts(api, attempt, caller, { ...posted, media: bytes });
};
