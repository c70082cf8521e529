import { createHash, timingSafeEqual } from 'node:crypto';
import { type RequestHandler } from 'express';

/** The one person who may use the cloud. */
export interface BasicCredentials {
  readonly username: string;
  readonly password: string;
}

/**
 * Lets only requests with these credentials through (RFC 7617), and answers 401 to all others.
 * To a script of a page the challenge is named `X-Basic`, for a browser answers `Basic` with its own password dialog
 * before the page learns about the failure.
 */
export function basicAuth(realm: string, credentials: BasicCredentials): RequestHandler {
  const expected = digest(`${credentials.username}:${credentials.password}`);
  return (request, response, next) => {
    const [scheme = '', token = ''] = (request.headers.authorization ?? '').split(' ', 2);
    const given = digest(Buffer.from(token, 'base64').toString('utf8'));
    if (scheme.toLowerCase() === 'basic' && timingSafeEqual(given, expected)) {
      next();
      return;
    }
    const isScript = request.headers['sec-fetch-dest'] === 'empty';
    response
      .status(401)
      .set(
        'WWW-Authenticate',
        `${isScript ? 'X-Basic' : 'Basic'} realm="${realm}", charset="UTF-8"`,
      )
      .type('text/plain')
      .send('Wrong user name or password.\n');
  };
}

/** Equal lengths, so that the comparison takes the same time whatever was given. */
const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
