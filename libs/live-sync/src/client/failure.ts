import { ChatVaultError } from '@chat-vault/core';
import { parseProblem } from '../protocol/parse.js';
import { type ProblemCode } from '../protocol/problem.js';
import { ProtocolError } from '../protocol/protocol-error.js';
import { LiveError, type LiveErrorCode } from '../live-error.js';

/** Longest wait that a server may ask for, milliseconds. */
const MAX_RETRY_AFTER_MS = 60 * 60 * 1000;

/** What an answer other than 200 means. */
export async function responseToError(response: Response, now: number): Promise<LiveError> {
  const { status } = response;
  const problem = await readProblem(response);
  const code = codeOf(status, problem?.code);
  const retryAfterMs = readRetryAfter(response, now);
  return new LiveError(code, messageOf(code, status), {
    details: {
      status,
      ...(problem?.requestId !== undefined && { requestId: problem.requestId }),
      ...(retryAfterMs !== undefined && { retryAfterMs }),
    },
  });
}

/** An error of whatever was done, in the terms of live sync. */
export function toLiveError(error: unknown): LiveError {
  if (error instanceof LiveError) return error;
  if (error instanceof ProtocolError) {
    return new LiveError('protocol', error.message, { cause: error, details: error.details });
  }
  const details = error instanceof ChatVaultError ? { code: error.code } : {};
  const why = error instanceof Error ? error.message : String(error);
  return new LiveError('storage', `live-sync: nothing could be written on this device: ${why}`, {
    cause: error,
    details,
  });
}

/** How long the server asks to wait, milliseconds. */
export const retryAfterOf = ({ details }: LiveError): number =>
  typeof details['retryAfterMs'] === 'number' ? details['retryAfterMs'] : 0;

async function readProblem(response: Response) {
  try {
    return parseProblem(await response.json());
  } catch {
    return undefined; // a proxy answered, or the answer was cut off: the status says enough
  }
}

function codeOf(status: number, code: ProblemCode | undefined): LiveErrorCode {
  switch (code) {
    case 'too-many-operations':
      return 'body-too-large';
    case 'internal':
      return 'server';
    case undefined:
      break;
    case 'malformed':
    case 'unauthorized':
    case 'forbidden':
    case 'not-found':
    case 'body-too-large':
    case 'rate-limited':
    case 'unsupported-version':
    case 'cursor-expired':
    case 'unavailable':
      return code;
  }
  return BY_STATUS[status] ?? 'server';
}

const BY_STATUS: Readonly<Record<number, LiveErrorCode>> = {
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not-found',
  408: 'timeout',
  413: 'body-too-large',
  429: 'rate-limited',
  502: 'unavailable',
  503: 'unavailable',
  504: 'unavailable',
};

function messageOf(code: LiveErrorCode, status: number): string {
  switch (code) {
    case 'unauthorized':
      return 'live-sync: the server does not accept the token; sign in again';
    case 'unsupported-version':
      return 'live-sync: the server speaks another version of the protocol; update the app';
    case 'not-found':
      return 'live-sync: there is no sync server at this address';
    default:
      return `live-sync: the server answered ${status} (${code})`;
  }
}

/** Seconds, or a date, which is compared with the server's own. */
function readRetryAfter({ headers }: Response, now: number): number | undefined {
  const text = headers.get('retry-after')?.trim();
  if (!text) return undefined;
  const date = Date.parse(headers.get('date') ?? '');
  const ms = /^\d+$/.test(text)
    ? Number(text) * 1000
    : Date.parse(text) - (Number.isNaN(date) ? now : date);
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(0, ms), MAX_RETRY_AFTER_MS);
}
