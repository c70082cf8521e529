const HEX_CHARS = 32;

/** What makes an imported message the same message again. */
export interface MessageIdentity {
  readonly conversationUrn: string;
  /** The time as the export states it, not converted, so a changed zone rule cannot change it. */
  readonly time: string;
  readonly senderId: string;
  readonly text: string;
  /** How many messages equal in all the rest came before it. */
  readonly occurrence: number;
}

/** An id that is the same on each import: the first 32 hex digits of SHA-256 of what the message consists of. */
export async function stableId(identity: MessageIdentity): Promise<string> {
  const { conversationUrn, time, senderId, text, occurrence } = identity;
  const canonical = JSON.stringify([conversationUrn, time, senderId, text, occurrence]);
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(canonical));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0'))
    .join('')
    .slice(0, HEX_CHARS);
}

/** Counts how often each key was seen before. */
export class OccurrenceCounter {
  readonly #seen = new Map<string, number>();

  /** 0 for the first, 1 for the second of a key, and so on. */
  next(key: string): number {
    const count = this.#seen.get(key) ?? 0;
    this.#seen.set(key, count + 1);
    return count;
  }
}
