import { type HttpClient, type HttpRequest } from '../http/http-client.js';
import { givenTokens } from '../oauth/given-tokens.js';
import { CloudError } from '../port/cloud-error.js';
import { untilAborted } from '../port/until-aborted.js';

/**
 * Gives a valid bearer token; called before each request, so it keeps the one it has. When the server refused a token it is called once
 * more for all calls that were refused together, with that token, and should give a new one.
 */
export type WebDavTokenSource = (refused?: string) => Promise<string>;

/** How to sign in: Basic, or a bearer token that is known or asked for; a function alone is short for `{ token }`. */
export type WebDavCredentials =
  | { readonly username: string; readonly password: string }
  | { readonly token: string | WebDavTokenSource }
  | WebDavTokenSource;

/**
 * Signs each request in (RFC 7617 with UTF-8, RFC 6750). A token that is refused is replaced once.
 *
 * @throws CloudError at once `invalid` for credentials that no server could understand, from a request `unauthorized` when no token is given
 */
export const createSignedClient = (
  send: HttpClient,
  credentials: WebDavCredentials | undefined,
): HttpClient => {
  if (!credentials) return send;
  const known = typeof credentials === 'function' ? { token: credentials } : credentials;
  const sendAs = (request: HttpRequest, authorization: string) =>
    send({ ...request, headers: { ...request.headers, Authorization: authorization } });
  if (!('token' in known)) {
    const authorization = basic(known.username, known.password);
    return (request) => sendAs(request, authorization);
  }
  const { token } = known;
  if (typeof token === 'string') {
    if (!isToken(token)) throw senseless('the token has characters that no token has');
    return (request) => sendAs(request, `Bearer ${token}`);
  }
  const tokens = givenTokens('webdav', { token });
  return async (request) => {
    const { signal, task } = request;
    const current = await untilAborted(tokens.current(), signal, task);
    const answer = await sendAs(request, `Bearer ${current}`);
    if (answer.status !== 401) return answer;
    const other = await untilAborted(tokens.replace(current), signal, task);
    return other === current ? answer : sendAs(request, `Bearer ${other}`);
  };
};

const basic = (username: string, password: string): string => {
  if (username.includes(':')) throw senseless('a user name cannot have a ":"');
  const bytes = new TextEncoder().encode(`${username}:${password}`);
  return `Basic ${btoa(String.fromCharCode(...bytes))}`;
};

/** Nothing that could end the header it goes into. */
const isToken = (token: unknown): boolean =>
  typeof token === 'string' && /^[\x21-\x7e]+$/.test(token);

const senseless = (why: string): CloudError =>
  new CloudError('invalid', `cloud-storage/webdav: ${why}; check the credentials`);
