// Loaded when it is first needed; without imports of code, as those would cut what is loaded at once into pieces.
import { type HttpAnswer } from '../http/http-client.js';
import { type Caller, type DriveApi, type Posted } from './drive-api.js';
import { type Attempt } from './drive-create.js';

/** Parts are multiples of 256 KiB, as Google wants them. */
const PART_BYTES = 16 * 256 * 1024;

/**
 * Sends a large file by the resumable protocol: a session that takes the file in parts and tells by 308 and `Range` how much it has. The
 * session is kept in the attempt; it is asked where to go on after a token ended or an earlier try broke off, and begun anew, under the
 * same id, when it is gone. Gives the last answer, of any status.
 */
export const uploadInParts = async (
  api: DriveApi,
  attempt: Attempt,
  caller: Caller,
  file: Posted & { readonly media: Uint8Array },
): Promise<HttpAnswer> => {
  const { media } = file;
  const { length } = media;
  const digest = await digestOf(media);
  if (attempt.session?.digest !== digest) attempt.session = undefined;
  let partBytes = PART_BYTES;
  let sessions = 0;
  let stalls = 0;
  let stored = 0;
  /** Whether Google has to say where to go on. */
  let isUnsure = true;
  for (;;) {
    if (!attempt.session) {
      if (++sessions > 4) throw api.unavailable(caller, 'Google keeps forgetting the upload');
      const answer = await begin(api, caller, file);
      if (answer.status !== 200) return answer;
      const url = answer.headers.get('Location') ?? '';
      if (!URL.canParse(url)) throw api.unavailable(caller, 'Google names no place to upload to');
      attempt.session = { url, digest };
      stored = stalls = 0;
      isUnsure = false;
    }
    const end = Math.min(length, stored + partBytes);
    const answer = await api.send({
      ...caller,
      method: 'PUT',
      url: attempt.session.url,
      headers: { 'Content-Range': `bytes ${isUnsure ? '*' : `${stored}-${end - 1}`}/${length}` },
      body: isUnsure ? new Uint8Array() : media.subarray(stored, end),
      isSentOnce: !isUnsure,
    });
    const { status } = answer;
    if (status === 200 || status === 201) return answer;
    if (status === 308) {
      const next = Math.min(length, storedBytes(answer));
      stalls = next > stored ? 0 : stalls + 1;
      stored = next;
      isUnsure = next === length;
      if (stalls < 2) continue;
      if (partBytes === length) throw api.unavailable(caller, 'the upload does not get on');
      // A page may be kept from seeing `Range`. A session that is sent everything at once does not need it.
      partBytes = length;
      attempt.session = undefined;
    } else if (status === 401 && !isUnsure) {
      isUnsure = true;
    } else if (status === 400 || status === 404 || status === 410) {
      // 400: the part does not follow on what is there.
      if (status === 400) partBytes = length;
      attempt.session = undefined;
    } else {
      throw api.failure(caller, answer);
    }
  }
};

const begin = (
  api: DriveApi,
  caller: Caller,
  { media, ...posted }: Posted & { readonly media: Uint8Array },
): Promise<HttpAnswer> =>
  api.post(caller, {
    ...posted,
    query: { ...posted.query, uploadType: 'resumable' },
    headers: {
      'X-Upload-Content-Type': `${posted.metadata['mimeType']}`,
      'X-Upload-Content-Length': `${media.length}`,
    },
  });

/** How much a session has; without the header it has nothing. */
const storedBytes = ({ headers }: HttpAnswer): number => {
  const last = /-(\d+)$/.exec(headers.get('Range') ?? '')?.[1];
  return last === undefined ? 0 : Number(last) + 1;
};

const digestOf = async (bytes: Uint8Array): Promise<string> => {
  const digest = await crypto.subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>);
  return String(new Uint8Array(digest));
};
