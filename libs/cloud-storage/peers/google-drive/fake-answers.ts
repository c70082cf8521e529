/** An answer of the API in JSON. */
export const json = (
  value: unknown,
  status = 200,
  headers: Record<string, string> = {},
): Response =>
  new Response(JSON.stringify(value), {
    status,
    headers: { 'Content-Type': 'application/json; charset=UTF-8', ...headers },
  });

/** A refusal as Google words it. */
export const refusal = (status: number, reason: string): Response =>
  json(
    { error: { code: status, message: reason, errors: [{ domain: 'global', reason }] } },
    status,
  );

/** The fields of a JSON text that must be an object. @throws Error when it is not */
export const parseObject = (text: string): Record<string, unknown> => {
  const value: unknown = JSON.parse(text);
  if (typeof value !== 'object' || value === null) throw new Error('not an object');
  return value as Record<string, unknown>;
};

/** The two parts of a `multipart/related` body; `undefined` when it is not one. */
export const parseMultipart = (
  contentType: string,
  body: Uint8Array,
): { readonly metadata: Record<string, unknown>; readonly media: Uint8Array } | undefined => {
  const boundary = /^multipart\/related; boundary=([\w-]{1,70})$/.exec(contentType)?.[1];
  if (boundary === undefined) return undefined;
  const text = Buffer.from(body).toString('latin1');
  const parts = `\r\n${text}`.split(`\r\n--${boundary}`);
  const [before, first, second, end] = parts;
  if (parts.length !== 4 || before !== '' || !end?.startsWith('--')) return undefined;
  const contentOf = (part = '') => Buffer.from(part.slice(part.indexOf('\r\n\r\n') + 4), 'latin1');
  return {
    metadata: parseObject(contentOf(first).toString('utf8')),
    media: new Uint8Array(contentOf(second)),
  };
};
