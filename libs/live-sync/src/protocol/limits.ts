/** The version of the protocol that this library speaks; sent in the header `Chat-Sync-Version` by both sides. */
export const PROTOCOL_VERSION = 1;

/** The header that names the version of the protocol. */
export const VERSION_HEADER = 'Chat-Sync-Version';

/** Most operations of one flush. */
export const MAX_OPERATIONS = 500;

/** Most bytes of the body of one flush. */
export const MAX_BODY_BYTES = 1024 * 1024;

/** Most changes that a pull may ask for at once. */
export const MAX_PULL_CHANGES = 1000;

/** Most people that a conversation may be created with at once. */
export const MAX_NEW_MEMBERS = 255;

/** How far the instants and stamps of an operation may be from the server's time, milliseconds. */
export const MAX_DRIFT_MS = 24 * 60 * 60 * 1000;

/** How long a story is shown after it was posted, milliseconds. */
export const STORY_LIFE_MS = 24 * 60 * 60 * 1000;

/** A live stream that has nothing to tell says so this often, milliseconds. */
export const HEARTBEAT_MS = 15_000;

/** UTF-16 units of an id of a person, of a URN, of a type and of a title. */
export const MAX_TEXT_LENGTH = 512;
