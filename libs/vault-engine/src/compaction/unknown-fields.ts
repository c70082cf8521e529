import { EMPTY_CONTENT, mergeContents, type VaultContent } from '@chat-vault/core';

/**
 * Gathers the top-level fields that this version does not know, from everything that a merge reads, so that what a newer version wrote survives
 * compaction (docs/vault-format.md, "ChatVault").
 */
export class UnknownFields {
  #extra: VaultContent['extra'];

  /** What was gathered so far; `undefined` when there is nothing. */
  get extra(): VaultContent['extra'] {
    return this.#extra;
  }

  /** Adds those of a content, and gives the content back. */
  gather<Content extends VaultContent>(content: Content): Content {
    if (content.extra !== undefined) {
      const known = { ...EMPTY_CONTENT, ...(this.#extra ? { extra: this.#extra } : {}) };
      this.#extra = mergeContents([known, { ...EMPTY_CONTENT, extra: content.extra }]).extra;
    }
    return content;
  }
}
