const fields = (names: string): ReadonlySet<string> => new Set(names.split(' '));

/** The fields of a message in JSON; `payloadText` and `payloadBytes` are two forms of one. */
export const MESSAGE_FIELDS = fields(
  'id conversationUrn senderId typeId sentTimestamp payloadBytes payloadText tags expiresAt stamp',
);
/** The fields of a tombstone. */
export const TOMBSTONE_FIELDS = fields('conversationUrn sentTimestamp messageId deletedAt stamp');
/** The fields of a reaction. */
export const REACTION_FIELDS = fields(
  'conversationUrn sentTimestamp messageId senderId emoji stamp',
);
/** The fields of a clearing. */
export const CLEARING_FIELDS = fields('conversationUrn upTo deletedAt stamp');
