import { type ConversationSummary } from '@chat-vault/chat-storage';
import { type ShownDraft } from '../messages/drafts';
import { type Settings } from './settings/conversation-settings';

/** A conversation as the list has it. */
export type ListedConversation = Pick<
  ConversationSummary,
  'conversationUrn' | 'lastActivityAt' | 'lastMessage' | 'unreadCount'
>;

/** Which conversations are wanted. */
export interface ListChoice {
  /** What is searched for. */
  readonly search: string;
  /** `null` for all. */
  readonly label: string | null;
  /** Whether those that were put away are wanted, instead of the others. A search finds both. */
  readonly isArchive: boolean;
}

/** What is known of a conversation besides its messages. */
export interface ListDetails {
  readonly settings: Settings;
  /** What it can be found by. */
  readonly name: string;
}

/** The conversations, newest first, with those in which nothing was sent yet but something was begun. */
export function withDraftsAlone(
  summaries: readonly ListedConversation[],
  drafts: ReadonlyMap<string, ShownDraft>,
): readonly ListedConversation[] {
  const known = new Set(summaries.map(({ conversationUrn }) => conversationUrn));
  const alone = [...drafts].flatMap(([conversationUrn, { changedAt }]) =>
    known.has(conversationUrn)
      ? []
      : [{ conversationUrn, lastActivityAt: new Date(changedAt).toISOString(), unreadCount: 0 }],
  );
  if (alone.length === 0) return summaries;
  return [...summaries, ...alone].sort((a, b) => (a.lastActivityAt < b.lastActivityAt ? 1 : -1));
}

/** The wanted ones: those that are pinned first, else in the order in which they came. */
export function chooseConversations(
  all: readonly ListedConversation[],
  choice: ListChoice,
  detailsOf: (conversationUrn: string) => ListDetails,
): readonly ListedConversation[] {
  const words = choice.search
    .toLocaleLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
  const wanted = all.flatMap((conversation) => {
    const { settings, name } = detailsOf(conversation.conversationUrn);
    const isThere = words.length > 0 || settings.isArchived === choice.isArchive;
    const hasLabel = choice.label === null || settings.labels.includes(choice.label);
    if (!isThere || !hasLabel) return [];
    const found = name.toLocaleLowerCase();
    if (!words.every((word) => found.includes(word))) return [];
    return [{ conversation, isFirst: settings.isPinned && !settings.isArchived }];
  });
  return [
    ...wanted.filter(({ isFirst }) => isFirst),
    ...wanted.filter(({ isFirst }) => !isFirst),
  ].map(({ conversation }) => conversation);
}
