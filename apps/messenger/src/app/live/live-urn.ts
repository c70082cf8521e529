import { v7 as uuidv7 } from 'uuid';

const LIVE_URN =
  /^urn:chat:live:([0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}):(.*)$/s;

/**
 * The URN of a new live conversation: nobody guesses it, as its UUID holds 74 random bits. It names the people, so that a device without live sync can say with
 * whom it was.
 */
export function newLiveUrn(people: readonly string[], nowMs: number): string {
  return `urn:chat:live:${uuidv7({ msecs: nowMs })}:${people.join(', ')}`;
}

/** Whether messages of this conversation travel by live sync. */
export const isLiveUrn = (urn: string): boolean => LIVE_URN.test(urn);

/** The people that a live URN names; `null` for any other. */
export const peopleOfUrn = (urn: string): string | null => LIVE_URN.exec(urn)?.[2] ?? null;

/** When a live conversation was begun, ISO 8601; its UUID holds that. */
export function beginOfUrn(urn: string): string {
  const uuid = LIVE_URN.exec(urn)?.[1] ?? '';
  const ms = Number.parseInt(uuid.replace('-', '').slice(0, 12), 16);
  return new Date(Number.isNaN(ms) ? 0 : ms).toISOString();
}
