import { type VaultContent } from '@chat-vault/core';
import { parseReaction, parseStampedMessage, parseTombstone } from '@chat-vault/core/records';
import { type Change } from './changes.js';

/** The part of some changes that a vault holds, as records to be merged: messages, tombstones and reactions. */
export function changesToContent(changes: readonly Change[]): VaultContent {
  return {
    messages: changes.flatMap((change) =>
      change.kind === 'message' ? [parseStampedMessage(change.message)] : [],
    ),
    tombstones: changes.flatMap((change) =>
      change.kind === 'tombstone' ? [parseTombstone(change.tombstone)] : [],
    ),
    reactions: changes.flatMap((change) =>
      change.kind === 'reaction' ? [parseReaction(change.reaction)] : [],
    ),
    cleared: [],
  };
}
