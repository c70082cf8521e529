import { type HttpAnswer } from '../http/http-client.js';
import { statusError } from '../http/http-status.js';
import { fieldsOf, parseJson } from '../http/json.js';
import { parseRetryAfter } from '../http/retry-after.js';
import { CloudError, type CloudErrorCode } from '../port/cloud-error.js';

/** Codes that say more than the status they come with. */
const CODES: Readonly<Record<string, CloudErrorCode>> = {
  nameAlreadyExists: 'conflict',
  quotaLimitReached: 'quota-exceeded',
  insufficientStorage: 'quota-exceeded',
  activityLimitReached: 'rate-limited',
  TooManyRequests: 'rate-limited',
  serviceNotAvailable: 'unavailable',
  resyncRequired: 'unavailable',
  malwareDetected: 'forbidden',
};

/** What an answer of Microsoft Graph that is no success means. Graph's own code is in `details` as `reason`. */
export const graphError = (task: string, answer: HttpAnswer, nowMs: number): CloudError => {
  const { status, headers } = answer;
  const error = fieldsOf(fieldsOf(parseJson(answer.bytes))['error'])['code'];
  // It becomes part of a message, so nothing but a word.
  const reason = typeof error === 'string' && /^\w{1,60}$/.test(error) ? error : undefined;
  const retryAfterMs = parseRetryAfter(headers.get('Retry-After'), nowMs);
  const details = reason === undefined ? {} : { reason };
  // 410 Gone speaks of a session or a listing here, never of a file.
  const code = status === 410 ? 'unavailable' : CODES[reason ?? ''];
  if (!code) return statusError(task, { status, retryAfterMs, details });
  return new CloudError(code, `cloud-storage/${task} was refused (${reason ?? status})`, {
    details: { status, ...details },
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  });
};
