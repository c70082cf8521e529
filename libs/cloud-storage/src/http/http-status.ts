import { CloudError, type CloudErrorCode } from '../port/cloud-error.js';

const CODES: Readonly<Record<number, CloudErrorCode>> = {
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not-found',
  408: 'unavailable',
  409: 'unavailable',
  410: 'not-found',
  412: 'conflict',
  423: 'unavailable',
  425: 'unavailable',
  429: 'rate-limited',
  507: 'quota-exceeded',
};

const ADVICE: Readonly<Record<CloudErrorCode, string>> = {
  'not-found': 'it is not there',
  unauthorized: 'sign in again',
  forbidden: 'the account has no right to do this',
  'rate-limited': 'the service asks to wait',
  'quota-exceeded': 'the storage is full; make room there',
  offline: 'the service cannot be reached',
  unavailable: 'the service failed or is busy; try again later',
  conflict: 'another file of that name exists',
  aborted: 'the caller ended it',
  invalid: 'the service does not understand the request; check its address and settings',
};

/** Where a status says more than its code. */
const ADVICE_BY_STATUS: Readonly<Record<number, string>> = {
  413: 'raise its limit on the size of a file',
  423: 'it is locked there; when this lasts, remove the lock on the server',
};

/** What an HTTP status other than success means (RFC 9110, RFC 4918 section 11): 5xx may pass, an unknown 4xx will not. */
export const statusToCode = (status: number): CloudErrorCode =>
  CODES[status] ?? (status >= 500 && status !== 501 && status !== 505 ? 'unavailable' : 'invalid');

/** What an HTTP answer tells us about a failure. */
export interface HttpFailure {
  readonly status: number;
  /** What the service's own words say that it means; default by the status. */
  readonly code?: CloudErrorCode | undefined;
  readonly retryAfterMs?: number | undefined;
  readonly details?: Readonly<Record<string, unknown>>;
}

/** The error for a task, for example `webdav: PUT "a/b"`, that a service answered with a status that is no success. */
export const statusError = (task: string, failure: HttpFailure): CloudError => {
  const code = failure.code ?? statusToCode(failure.status);
  const { retryAfterMs } = failure;
  const advice = ADVICE_BY_STATUS[failure.status] ?? ADVICE[code];
  return new CloudError(
    code,
    `cloud-storage/${task} was answered with ${failure.status}: ${advice}`,
    {
      details: { status: failure.status, ...failure.details },
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    },
  );
};
