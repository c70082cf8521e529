/** All that an error says to a log: message, stack, details, and the same of what caused it. */
export function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const details = 'details' in error ? JSON.stringify(error.details) : '';
  const cause = error.cause === undefined ? '' : wordsOf(error.cause);
  return [error.message, error.stack, details, cause].join('\n');
}

/** The forms in which bytes could stand in a text. */
export const formsOf = (bytes: Uint8Array): readonly string[] => {
  const buffer = Buffer.from(bytes);
  return [
    buffer.toString('hex'),
    buffer.toString('base64'),
    buffer.join(),
    buffer.toString('latin1'),
  ];
};
