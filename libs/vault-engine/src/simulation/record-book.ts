import { mergeContents, type VaultContent } from '@chat-vault/core';
import { compareReactions, compareVersions, isCovered, messageKey } from '@chat-vault/core/records';

/** The versions of a content by key, for asking what another content lacks. */
export class RecordBook {
  readonly content: VaultContent;
  readonly #versions = new Map<
    string,
    VaultContent['messages'][number] | VaultContent['tombstones'][number]
  >();
  readonly #reactions = new Map<string, VaultContent['reactions'][number]>();

  constructor(content: VaultContent) {
    this.content = content;
    for (const message of content.messages) this.#versions.set(messageKey(message), message);
    for (const one of content.tombstones)
      this.#versions.set(messageKey({ ...one, id: one.messageId }), one);
    for (const one of content.reactions) this.#reactions.set(reactionKey(one), one);
  }

  /** Records of `wanted` that are here neither in that nor in a later version, and that no clearing here removes. */
  lacking(wanted: VaultContent): readonly string[] {
    const versions = [
      ...wanted.messages.map((one) => ({ key: messageKey(one), one })),
      ...wanted.tombstones.map((one) => ({ key: messageKey({ ...one, id: one.messageId }), one })),
    ].filter(({ key, one }) => {
      const known = this.#versions.get(key);
      if (known !== undefined && compareVersions(known, one) >= 0) return false;
      return !isCovered(one, this.content.cleared);
    });
    const reactions = wanted.reactions.filter((one) => {
      const known = this.#reactions.get(reactionKey(one));
      return known === undefined || compareReactions(known, one) < 0;
    });
    const cleared = wanted.cleared.filter(
      (one) =>
        !this.content.cleared.some(
          (other) =>
            other.conversationUrn === one.conversationUrn &&
            other.upTo >= one.upTo &&
            other.stamp >= one.stamp,
        ),
    );
    return [
      ...versions.map(({ key, one }) => `${key} ${one.stamp}`),
      ...reactions.map((one) => `reaction ${reactionKey(one)} ${one.stamp}`),
      ...cleared.map((one) => `clearing ${one.conversationUrn} ${one.upTo} ${one.stamp}`),
    ];
  }
}

/** What is in `all` and not pending in `pending`: a record is pending in exactly the version that is stored. */
export function withoutPending(all: VaultContent, pending: VaultContent): VaultContent {
  const stamps = new Set(
    [...pending.messages, ...pending.tombstones, ...pending.reactions, ...pending.cleared].map(
      (one) => JSON.stringify([one.conversationUrn, one.stamp]),
    ),
  );
  const isSafe = (one: { readonly conversationUrn: string; readonly stamp: string }) =>
    !stamps.has(JSON.stringify([one.conversationUrn, one.stamp]));
  return mergeContents([
    {
      messages: all.messages.filter(isSafe),
      tombstones: all.tombstones.filter(isSafe),
      reactions: all.reactions.filter(isSafe),
      cleared: all.cleared.filter(isSafe),
    },
  ]);
}

const reactionKey = (one: VaultContent['reactions'][number]): string =>
  `${messageKey({ ...one, id: one.messageId })} ${one.senderId}`;
