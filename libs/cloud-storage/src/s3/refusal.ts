import { type HttpAnswer } from '../http/http-client.js';
import { statusError } from '../http/http-status.js';
import { parseRetryAfter } from '../http/retry-after.js';
import { CloudError, type CloudErrorCode } from '../port/cloud-error.js';

/** What a service says about a request that it did not carry out. */
export interface Refusal {
  readonly status: number;
  /** The code of S3, for example `NoSuchKey`; `''` when the answer is none of S3 or has no body. */
  readonly reason: string;
  /** The service's clock, Unix ms, where it told or the page may see it; else not a number. */
  readonly serverMs: number;
  /** The region that the service speaks of, or `''`. */
  readonly region: string;
  readonly retryAfter: string | null;
  /** Whether there is a body, and it is not an error of S3. */
  readonly isForeign: boolean;
}

/** Reads the answer; services differ in what they tell, and an answer to `HEAD` tells nothing. */
export const parseRefusal = ({ status, headers, bytes }: HttpAnswer): Refusal => {
  const text = new TextDecoder().decode(bytes);
  /** Of elements that are a plain word or time; never the service's own sentences. */
  const textOf = (name: string): string =>
    new RegExp(`<${name}>\\s*([\\w.:+-]{1,80})\\s*</${name}>`).exec(text)?.[1] ?? '';
  const code = textOf('Code');
  return {
    status,
    // Backblaze takes a limit that was reached for a missing right; only its sentence tells.
    reason: code === 'AccessDenied' && /\bcap exceeded\b/i.test(text) ? 'CapExceeded' : code,
    serverMs: Date.parse(textOf('ServerTime') || (headers.get('Date') ?? '')),
    region: textOf('Region'),
    retryAfter: headers.get('Retry-After'),
    isForeign: code === '' && bytes.length > 0,
  };
};

const KEYS_REFUSED =
  /^(ExpiredToken|TokenRefreshRequired|SignatureDoesNotMatch|Invalid(AccessKeyId|Token|Security))/;

/** Whether other keys may help. An answer to `HEAD` does not say why, so there any refusal counts. */
export const isKeysRefusal = ({ status, reason, isForeign }: Refusal): boolean =>
  status === 401 ||
  KEYS_REFUSED.test(reason) ||
  ((status === 400 || status === 403) && !reason && !isForeign);

/** Whether the service found the time of the request to be wrong. */
export const isClockRefusal = ({ reason }: Refusal): boolean => reason === 'RequestTimeTooSkewed';

/** Whether the service does not take the condition of a `PUT`: Backblaze, OpenStack Swift and Alibaba do not. */
export const isConditionRefusal = ({ status, reason }: Refusal): boolean =>
  status === 501 ||
  (status === 400 && /^(NotImplemented|InvalidArgument|InvalidRequest)?$/.test(reason));

const ELSEWHERE = /Redirect$|^AuthorizationHeaderMalformed$|^IllegalLocation/;

/** What reasons mean that their status does not tell, and what helps. The first that matches counts. */
const MEANINGS: readonly (readonly [reason: RegExp, code: CloudErrorCode, advice: string])[] = [
  [
    /Throttl|^SlowDown|^TooManyRequests|^(Request|Rate|Bandwidth)LimitExceeded$/,
    'rate-limited',
    'the service asks to wait',
  ],
  [/Quota|StorageFull|CapExceeded/, 'quota-exceeded', 'the storage is full; make room there'],
  [KEYS_REFUSED, 'unauthorized', 'the keys are wrong or out of date; sign in again'],
  [/^RequestTimeTooSkewed$/, 'invalid', 'the clock of this device is wrong; set it'],
  [/^(NoSuchBucket|InvalidBucketName)$/, 'invalid', 'there is no such bucket; check its name'],
  [ELSEWHERE, 'invalid', 'the bucket is not there; check the region'],
  [
    /^(BadDigest|IncompleteBody|RequestTimeout|XAmzContent\w+Mismatch)$/,
    'unavailable',
    'it did not arrive whole; try again',
  ],
  // A file is not gone because something on the way does not know the address.
  [/^foreign 4(04|10)$/, 'invalid', 'is this the endpoint of an S3 service?'],
];

/** The error for a task, for example `s3: PUT "a/b"`. Without a meaning of its own, the status decides. */
export const refusalError = (
  task: string,
  refusal: Refusal,
  { path, nowMs }: { readonly path: string; readonly nowMs: number },
): CloudError => {
  const { status, reason, region, isForeign } = refusal;
  const retryAfterMs = parseRetryAfter(refusal.retryAfter, nowMs);
  const details = { status, path, reason };
  const meaning = MEANINGS.find(([means]) => means.test(isForeign ? `foreign ${status}` : reason));
  if (!meaning) return statusError(task, { status, retryAfterMs, details });
  const [, code, advice] = meaning;
  // Some services name their region in every error.
  const where = region && ELSEWHERE.test(reason) ? `, it is in ${region}` : '';
  return new CloudError(
    code,
    `cloud-storage/${task} was answered with ${status} ${reason}: ${advice}${where}`,
    { details, ...(retryAfterMs !== undefined && { retryAfterMs }) },
  );
};
