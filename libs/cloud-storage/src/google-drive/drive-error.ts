import { type HttpAnswer } from '../http/http-client.js';
import { statusError } from '../http/http-status.js';
import { fieldsOf, parseJson } from '../http/json.js';
import { parseRetryAfter } from '../http/retry-after.js';
import { CloudError, type CloudErrorCode } from '../port/cloud-error.js';

/**
 * What an answer of Google Drive that is no success means. A 403 is told apart by its `reason`: being too fast, a full storage, or no
 * right. The reason is in `details`.
 */
export const driveError = (task: string, answer: HttpAnswer, nowMs: number): CloudError => {
  const { status, headers } = answer;
  const reason = reasonOf(answer);
  return statusError(reason === undefined ? task : `${task} (${reason})`, {
    status,
    code: status === 403 ? codeOf(reason) : undefined,
    retryAfterMs: parseRetryAfter(headers.get('Retry-After'), nowMs),
    details: { reason },
  });
};

/** A failure that is no answer of Google's. */
export const driveFailure = (
  code: CloudErrorCode,
  why: string,
  options?: ErrorOptions & { readonly details?: Readonly<Record<string, unknown>> },
): CloudError => new CloudError(code, `cloud-storage/google-drive: ${why}`, options);

const codeOf = (reason = ''): CloudErrorCode => {
  if (/rate_?limit|dailyLimit|downloadQuota/i.test(reason)) return 'rate-limited';
  return /(uota|Limit)Exceeded$/.test(reason) ? 'quota-exceeded' : 'forbidden';
};

/** The machine-readable reason in an error of Google, of the old form (`errors`) or the new one (`details`); it is one word. */
const reasonOf = ({ bytes }: HttpAnswer): string | undefined => {
  const { errors, details } = fieldsOf(fieldsOf(parseJson(bytes))['error']);
  const reasons = [errors, details].flat().map((entry) => fieldsOf(entry)['reason']);
  return reasons.find((reason) => typeof reason === 'string' && /^\w{1,60}$/.test(reason)) as
    string | undefined;
};
