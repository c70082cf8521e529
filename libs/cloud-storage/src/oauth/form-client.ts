import { type HttpClient } from '../http/http-client.js';
import { statusError } from '../http/http-status.js';
import { fieldsOf, parseJson } from '../http/json.js';
import { parseRetryAfter } from '../http/retry-after.js';
import { type CloudError } from '../port/cloud-error.js';

/** The answer to a form. */
export interface FormAnswer {
  readonly status: number;
  /** Of the JSON that came; none when it was something else. */
  readonly fields: Readonly<Record<string, unknown>>;
  /** What the status means if it is no success. */
  readonly failure: CloudError;
}

/** Sends a form and gives the answer, whatever its status. @throws CloudError when none comes */
export type FormClient = (
  url: string,
  form: Readonly<Record<string, string>>,
) => Promise<FormAnswer>;

/** A client for token endpoints; forms need no preflight, so that pages of any origin may send them. */
export const createFormClient =
  (send: HttpClient, task: string, now: () => number): FormClient =>
  async (url, form) => {
    const { status, headers, bytes } = await send({
      task,
      method: 'POST',
      url: new URL(url),
      headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
      body: new TextEncoder().encode(new URLSearchParams(form).toString()),
    });
    const retryAfterMs = parseRetryAfter(headers.get('Retry-After'), now());
    const failure = statusError(task, { status, retryAfterMs });
    return { status, fields: fieldsOf(parseJson(bytes)), failure };
  };
