/** 43 characters that nobody can guess (32 random bytes), of the alphabet that addresses keep as it is: a state, a code verifier. */
export const randomText = (): string =>
  toBase64Url(globalThis.crypto.getRandomValues(new Uint8Array(32)));

/** The challenge for a code verifier, method `S256` (RFC 7636 section 4.2). */
export const challengeFor = async (verifier: string): Promise<string> => {
  const digest = await globalThis.crypto.subtle.digest(
    'SHA-256',
    new TextEncoder().encode(verifier),
  );
  return toBase64Url(new Uint8Array(digest));
};

const toBase64Url = (bytes: Uint8Array): string =>
  btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
