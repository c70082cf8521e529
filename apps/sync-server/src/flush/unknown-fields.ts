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

/** The fields of a message that this server does not know, as JSON text; `undefined` when there are none. */
export function unknownFields(message: Readonly<Record<string, unknown>>): string | undefined {
  let unknown: Record<string, unknown> | undefined;
  for (const name in message) {
    if (KNOWN.has(name) || !Object.hasOwn(message, name)) continue;
    unknown ??= {};
    unknown[name] = message[name];
  }
  return unknown && JSON.stringify(unknown);
}
