import { HttpProblem } from './problems.ts';

/** Characters of a name. */
export const MAX_TEXT = 64;

/** The name that somebody signs in with, from `{"name": "…"}`. @throws HttpProblem `malformed` */
export function readName(body: string): string {
  const name = nameIn(body).normalize('NFC').trim();
  if (name === '' || name.length > MAX_TEXT || /[\p{Cc}\p{Cs}]/u.test(name)) {
    throw new HttpProblem('malformed', `A name has 1 to ${MAX_TEXT} characters.`);
  }
  return name;
}

function nameIn(body: string): string {
  try {
    const { name } = JSON.parse(body) as { readonly name?: unknown };
    return typeof name === 'string' ? name : '';
  } catch {
    return ''; // refused like any other name that is none
  }
}
