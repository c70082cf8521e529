const KNOWN = new Set([
  'id',
  'conversationUrn',
  'senderId',
  'typeId',
  'sentTimestamp',
  'payloadText',
  'payloadBytes',
  'tags',
  'expiresAt',
  'stamp',
  '__proto__',
]);

/** The fields of a message that this server does not know, as JSON text; `null` when there are none. */
export function unknownFields(message: Readonly<Record<string, unknown>>): string | null {
  const unknown = Object.entries(message).filter(([name]) => !KNOWN.has(name));
  return unknown.length === 0 ? null : JSON.stringify(Object.fromEntries(unknown));
}
