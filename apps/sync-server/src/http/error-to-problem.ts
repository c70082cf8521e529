import { ProtocolError } from '@chat-vault/live-sync/protocol';
import { IssuerUnavailable, Unauthorized } from '../auth/authenticator.ts';
import { isUnavailable } from '../database/is-unavailable.ts';
import { CursorExpired } from '../pull/pull.ts';
import { HttpProblem } from './problems.ts';

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
