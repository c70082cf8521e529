import { type Problem, type ProblemCode } from '@chat-vault/live-sync/protocol';

const PROBLEMS: Readonly<Record<ProblemCode, readonly [status: number, title: string]>> = {
  malformed: [400, 'The request is not of this protocol'],
  unauthorized: [401, 'Sign in again'],
  forbidden: [403, 'This is not allowed'],
  'not-found': [404, 'There is nothing here'],
  'body-too-large': [413, 'The body is too large'],
  'too-many-operations': [413, 'There are too many operations in one batch'],
  'rate-limited': [429, 'Too many requests'],
  'unsupported-version': [400, 'This version of the protocol is not spoken here'],
  'cursor-expired': [410, 'The cursor is over; begin without one'],
  unavailable: [503, 'The server cannot answer now; try again'],
  internal: [500, 'The server failed'],
};

/** A request that ends with a problem document. */
export class HttpProblem extends Error {
  override readonly name = 'HttpProblem';
  readonly code: ProblemCode;
  /** Seconds. */
  readonly retryAfter: number | undefined;

  constructor(code: ProblemCode, detail: string, retryAfter?: number) {
    super(detail);
    this.code = code;
    this.retryAfter = retryAfter;
  }
}

/** The document (RFC 9457) of a problem. */
export function problemDocument(problem: HttpProblem, requestId: string): Problem {
  const [status, title] = PROBLEMS[problem.code];
  return {
    type: `urn:chat-vault:problem:${problem.code}`,
    title,
    status,
    detail: problem.message,
    code: problem.code,
    requestId,
    ...(problem.retryAfter === undefined ? {} : { retryAfter: problem.retryAfter }),
  };
}

/** The answer to a request that failed. */
export function problemResponse(problem: HttpProblem, requestId: string): Response {
  const document = problemDocument(problem, requestId);
  const { retryAfter } = problem;
  return new Response(JSON.stringify(document), {
    status: document.status,
    headers: {
      'content-type': 'application/problem+json',
      ...(retryAfter === undefined ? {} : { 'retry-after': `${retryAfter}` }),
      ...(problem.code === 'unauthorized' ? { 'www-authenticate': 'Bearer' } : {}),
    },
  });
}
