import { type OutgoingOperation, type RefusalReason } from '@chat-vault/live-sync';

const REASONS: Readonly<Record<RefusalReason, string>> = {
  malformed: 'The server does not understand it.',
  'clock-drift': 'The clock of this device is wrong.',
  'not-the-sender': 'It was written under another name.',
  'not-the-author': 'Only its author may do that.',
  'not-a-member': 'You are not in this conversation.',
  'not-an-owner': 'Only an owner may do that.',
  'unknown-message': 'The message is not there any more.',
  'message-deleted': 'The message was deleted.',
  'too-big': 'It is too long to be sent.',
};

const ACTIONS: Readonly<Record<OutgoingOperation['action'], string>> = {
  MESSAGE_SEND: 'A message was not sent.',
  MESSAGE_EDIT: 'A change of a message was not sent.',
  MESSAGE_DELETE: 'A message was not deleted for the others.',
  REACTION_SET: 'A reaction was not sent.',
  REACTION_REMOVE: 'A reaction was not taken back.',
  STORY_POST: 'A story was not posted.',
  STORY_DELETE: 'A story was not deleted.',
  CONVERSATION_CREATE: 'A conversation could not be started.',
  CONVERSATION_RENAME: 'A conversation was not renamed.',
  MEMBER_SET: 'A person was not added.',
  MEMBER_REMOVE: 'A person was not removed.',
  READ_SET: 'Other devices do not know what you have read.',
};

/** Why the server refused something, for the person in front of the screen. */
export const reasonText = ({ reason, detail }: OutgoingOperation): string =>
  (reason && REASONS[reason]) ?? detail ?? 'The server refused it.';

/** What the server refused. */
export const actionText = ({ action }: OutgoingOperation): string =>
  ACTIONS[action] ?? 'Something was not sent.';
