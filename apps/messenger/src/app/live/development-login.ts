/** A token of the sync server. */
export interface Session {
  /** The person's id, as the server writes the name. */
  readonly userId: string;
  readonly token: string;
  /** When the token ends, Unix milliseconds. */
  readonly expiresAt: number;
}

/** The server does not let this name in; `message` says why. */
export class LoginRefused extends Error {
  override readonly name = 'LoginRefused';
}

/**
 * Signs in by name, as a server in development allows.
 * @throws LoginRefused, TypeError when the server cannot be reached, Error when it is in trouble
 */
export async function signInByName(url: string, name: string): Promise<Session> {
  const answer = await fetch(`${url}/api/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name }),
  });
  if (answer.ok) return readSession(await answer.json());
  const isBusy = answer.status >= 500 || answer.status === 429;
  if (isBusy) throw new Error(`The server answered ${answer.status}. Try again later.`);
  throw new LoginRefused(await readDetail(answer));
}

function readSession(value: unknown): Session {
  const { userId, token, expiresAt } = value as Readonly<Record<string, unknown>>;
  const end = typeof expiresAt === 'string' ? Date.parse(expiresAt) : Number.NaN;
  if (typeof userId === 'string' && typeof token === 'string' && !Number.isNaN(end))
    return { userId, token, expiresAt: end };
  throw new Error('The server’s answer makes no sense.');
}

/** The words of the problem document (RFC 9457). */
async function readDetail(answer: Response): Promise<string> {
  try {
    const { detail } = (await answer.json()) as Readonly<Record<string, unknown>>;
    if (typeof detail === 'string') return detail;
  } catch {
    // No problem document: the status says enough.
  }
  return `The server does not let you in (${answer.status}).`;
}
