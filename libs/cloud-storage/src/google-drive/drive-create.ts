import { type HttpAnswer } from '../http/http-client.js';
import { parseJson } from '../http/json.js';
import { type Caller, type DriveApi } from './drive-api.js';
import { parseEntry, type DriveEntry } from './drive-entry.js';

/** What is kept of something being made until it is there, so that another try makes the same thing and no second one. */
export interface Attempt {
  id?: string | undefined;
  /** An upload under way, and the digest of its bytes. */
  session?: { readonly url: string; readonly digest: string } | undefined;
}

/**
 * Makes a file or folder under an id chosen before. 409 says that an earlier try arrived and only its reply was lost. Gives what is there
 * then; `undefined` when the folder it should be in is gone or in the trash.
 *
 * @throws CloudError
 */
export const createOnce = async (
  api: DriveApi,
  attempt: Attempt,
  caller: Caller,
  send: (id: string) => Promise<HttpAnswer>,
): Promise<DriveEntry | undefined> => {
  for (let tries = 1; ; tries += 1) {
    const id = (attempt.id ??= await api.takeId(caller));
    const answer = await send(id);
    const { status } = answer;
    if (status === 404) return undefined;
    if (status === 200 || status === 201) {
      const entry = parseEntry(parseJson(answer.bytes));
      if (!entry.isTrashed) return entry;
      restart(attempt);
      return undefined;
    }
    const isTaken = status === 409;
    const entry = isTaken ? await api.stat(id, caller) : undefined;
    if (entry) return entry;
    // 409 and nothing there: it was removed since. 400: ids can be refused, for example those of another account.
    if ((!isTaken && status !== 400) || tries === 2) throw api.failure(caller, answer);
    restart(attempt);
    api.forgetIds();
  }
};

const restart = (attempt: Attempt): void => {
  attempt.id = attempt.session = undefined;
};
