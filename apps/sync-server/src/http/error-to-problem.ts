import { ProtocolError } from '@chat-vault/live-sync/protocol';
import { IssuerUnavailable, Unauthorized } from '../auth/authenticator.ts';
import { CursorExpired } from '../pull/pull.ts';
import { HttpProblem } from './problems.ts';

/** Classes of PostgreSQL's codes that mean: not now. Connection, resources, operator, and what a timeout ended. */
const NOT_NOW = /^(08|53|57|58|25P03|40)/;
const NETWORK = /^(ECONN|EPIPE|ETIMEDOUT|EAI_|ENOTFOUND|EHOSTUNREACH|ENETUNREACH)/;

/** What a client is told of an error; nothing of an unexpected one. */
export function errorToProblem(error: unknown): HttpProblem {
  if (error instanceof HttpProblem) return error;
  if (error instanceof Unauthorized) return new HttpProblem('unauthorized', error.message);
  if (error instanceof CursorExpired) return new HttpProblem('cursor-expired', error.message);
  if (error instanceof ProtocolError) return new HttpProblem('malformed', error.message);
  if (error instanceof IssuerUnavailable) {
    return new HttpProblem('unavailable', 'The issuer of the tokens does not answer.', 2);
  }
  if (isUnavailable(error))
    return new HttpProblem('unavailable', 'The database does not answer.', 2);
  return new HttpProblem('internal', 'The server failed; its log says why.');
}

function isUnavailable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code } = error as { readonly code?: unknown };
  if (typeof code === 'string' && (NOT_NOW.test(code) || NETWORK.test(code))) return true;
  return /Connection terminated|timeout exceeded when trying to connect|not queryable|changes could not be read/.test(
    error.message,
  );
}
