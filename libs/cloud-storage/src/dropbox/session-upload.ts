import { fieldsOf, parseJson } from '../http/json.js';
import { senseless } from '../http/senseless.js';
import { CloudError } from '../port/cloud-error.js';
import { type DropboxApi } from './dropbox-api.js';

/** One file on its way in parts. */
export interface SessionUpload {
  readonly path: string;
  readonly bytes: Uint8Array;
  /** What `files/upload` would take as its argument. */
  readonly commit: Readonly<Record<string, unknown>>;
  readonly chunkBytes: number;
  readonly signal: AbortSignal | undefined;
}

interface UploadSession {
  readonly path: string;
  readonly id: string;
  /** Bytes that Dropbox has. */
  offset: number;
}

/** A session may be told that it is at another place, or be gone, so often in one call. */
const MAX_CORRECTIONS = 4;

/**
 * Uploads large files in parts. What arrived is remembered as long as the caller keeps the bytes, so the same bytes given again for the
 * same path, after a failure, go on where they were.
 */
export class SessionUploads {
  readonly #api: DropboxApi;
  readonly #sessions = new WeakMap<Uint8Array, UploadSession>();

  constructor(api: DropboxApi) {
    this.#api = api;
  }

  /** The metadata of the file that was written. @throws CloudError as Dropbox answered */
  async upload(upload: SessionUpload): Promise<unknown> {
    const { bytes, path } = upload;
    for (let corrections = 0; ; corrections += 1) {
      const known = this.#sessions.get(bytes);
      const session = known?.path === path ? known : await this.#start(upload);
      try {
        const metadata = await this.#finish(upload, session);
        this.#sessions.delete(bytes);
        return metadata;
      } catch (error) {
        if (corrections >= MAX_CORRECTIONS || !this.#correct(upload, session, error)) throw error;
      }
    }
  }

  /** Whether the failure says how to go on. */
  #correct({ bytes }: SessionUpload, session: UploadSession, error: unknown): boolean {
    if (!(error instanceof CloudError)) return false;
    const { reason, correctOffset } = error.details;
    if (typeof correctOffset === 'number' && correctOffset <= bytes.length) {
      session.offset = correctOffset;
      return true;
    }
    // The session expired, or its last part arrived and only the reply was lost; the same content again is no conflict.
    const isGone = /^(lookup_failed\/)?(not_found|closed)$/.test(String(reason));
    if (isGone) this.#sessions.delete(bytes);
    return isGone;
  }

  async #start(upload: SessionUpload): Promise<UploadSession> {
    const { bytes, chunkBytes, path } = upload;
    const body = bytes.subarray(0, chunkBytes);
    const answer = await this.#send(upload, 'start', { close: false }, body);
    const id = fieldsOf(answer)['session_id'];
    if (typeof id !== 'string') {
      throw senseless(`dropbox: upload "${path}"`, 'it holds no session');
    }
    const session = { path, id, offset: body.length };
    this.#sessions.set(bytes, session);
    return session;
  }

  async #finish(upload: SessionUpload, session: UploadSession): Promise<unknown> {
    const { bytes, chunkBytes, commit } = upload;
    const cursor = () => ({ session_id: session.id, offset: session.offset });
    while (bytes.length - session.offset > chunkBytes) {
      const body = bytes.subarray(session.offset, session.offset + chunkBytes);
      await this.#send(upload, 'append_v2', { cursor: cursor(), close: false }, body);
      session.offset += body.length;
    }
    const rest = bytes.subarray(session.offset);
    return this.#send(upload, 'finish', { cursor: cursor(), commit }, rest);
  }

  async #send(
    { path, signal }: SessionUpload,
    step: 'start' | 'append_v2' | 'finish',
    argument: unknown,
    body: Uint8Array,
  ): Promise<unknown> {
    const endpoint = `files/upload_session/${step}`;
    const { bytes } = await this.#api.transfer({ endpoint, argument, path, signal, body });
    return parseJson(bytes);
  }
}
