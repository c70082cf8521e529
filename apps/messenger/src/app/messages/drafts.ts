import { DOCUMENT, DestroyRef, Service, computed, inject, signal, untracked } from '@angular/core';
import { EntityRepositories } from '@chat-vault/chat-sync/entities';
import { AFTER, CLOCK } from '../device/clock';
import { injectEntities } from '../entities/entities-by-subject';
import { type UnwrittenDraft, UnwrittenDrafts } from './unwritten-drafts';

/** What was begun in a conversation. */
export interface ShownDraft {
  readonly text: string;
  /** When it was last changed, Unix ms. */
  readonly changedAt: number;
}

/** What is typed is saved so much later, in milliseconds: not each letter is worth a write. */
const WRITE_AFTER_MS = 1_000;

/** What was begun and not sent, by conversation: on this device, in its other tabs, and on the other devices. */
@Service()
export class Drafts {
  readonly #drafts = injectEntities('Draft');
  readonly #repositories = inject(EntityRepositories);
  readonly #unwritten = inject(UnwrittenDrafts);
  readonly #now = inject(CLOCK);
  readonly #after = inject(AFTER);
  /** Typed here and not saved yet: it counts until it is. */
  readonly #typed = signal<ReadonlyMap<string, UnwrittenDraft>>(new Map());
  /** What the page before this one could not write: it counts unless something newer is known. */
  readonly #left = new Set<UnwrittenDraft>();
  /** Typed here and maybe not on the device yet. */
  #afloat: ReadonlyMap<string, UnwrittenDraft> = new Map();
  #stopWaiting: (() => void) | null = null;

  /** By the URN of the conversation; those that are not blank. */
  readonly all = computed((): ReadonlyMap<string, ShownDraft> => {
    const drafts = new Map<string, ShownDraft>();
    for (const [urn, { text, updatedAt }] of this.#drafts.all())
      drafts.set(urn, { text, changedAt: updatedAt?.getTime() ?? 0 });
    for (const [urn, { text, typedAt }] of this.#typed())
      drafts.set(urn, { text, changedAt: typedAt });
    return new Map([...drafts].filter(([, { text }]) => text.trim() !== ''));
  });

  constructor() {
    const document = inject(DOCUMENT);
    const ending = new AbortController();
    const { signal } = ending;
    inject(DestroyRef).onDestroy(() => {
      ending.abort();
      this.#stopWaiting?.();
    });
    const leave = () => void this.#leave();
    document.defaultView?.addEventListener('pagehide', leave, { signal });
    document.addEventListener('visibilitychange', () => document.hidden && leave(), { signal });
    void this.#takeUp();
  }

  /** What was typed last, wherever. */
  of(conversationUrn: string): string {
    return this.all().get(conversationUrn)?.text ?? '';
  }

  /** Keeps what is typed; blank text deletes the draft, at once. */
  keep(conversationUrn: string, text: string): void {
    // It is newer than what was seen here, also where the clock of another device is ahead.
    const typedAt = Math.max(
      this.#now(),
      (untracked(this.all).get(conversationUrn)?.changedAt ?? 0) + 1,
    );
    const typed = { text, typedAt };
    this.#typed.update((all) => new Map([...all, [conversationUrn, typed]]));
    if (text.trim() === '') void this.write();
    else this.#stopWaiting ??= this.#after(WRITE_AFTER_MS, () => void this.write());
  }

  /** Writes what was typed to the device. What cannot be saved stays here, to be saved with the next letter. */
  async write(): Promise<void> {
    this.#stopWaiting?.();
    this.#stopWaiting = null;
    const due = untracked(this.#typed);
    const afloat = new Map([...this.#afloat, ...due]);
    if (afloat.size === 0) return;
    this.#afloat = afloat;
    await Promise.all([...due].map((entry) => this.#saveOne(...entry).catch(() => undefined)));
    if (!(await this.#repositories.flush()).ok) return;
    const failed = new Set(untracked(this.#typed).values());
    const written = new Map([...afloat].filter(([, typed]) => !failed.has(typed)));
    this.#afloat = new Map([...this.#afloat].filter(([urn, typed]) => written.get(urn) !== typed));
    this.#unwritten.forget(written);
  }

  async #saveOne(conversationUrn: string, typed: UnwrittenDraft): Promise<void> {
    const { text, typedAt } = typed;
    const isBlank = text.trim() === '';
    const isLeft = this.#left.has(typed);
    const known = isBlank || isLeft ? await this.#drafts.read(conversationUrn) : null;
    if (untracked(this.#typed).get(conversationUrn) !== typed) return; // something newer was typed
    const isOlder = isLeft && (known?.updatedAt?.getTime() ?? 0) > typedAt;
    if (!isOlder && !isBlank) await this.#drafts.save({ conversationUrn, text });
    else if (!isOlder && known !== null) await this.#drafts.remove(conversationUrn);
    this.#settle(typed);
  }

  /** The page may not come back: everything is written, and noted in case that there is no time left for that. */
  async #leave(): Promise<void> {
    const writing = this.write();
    if (this.#afloat.size > 0) this.#unwritten.keep(this.#afloat);
    await writing;
  }

  /** Takes up what the page before this one could not write. */
  async #takeUp(): Promise<void> {
    const left = this.#unwritten.read();
    for (const draft of left.values()) this.#left.add(draft);
    this.#typed.set(left);
    await this.write();
  }

  /** What was typed is saved, or another device has said something newer. */
  #settle(typed: UnwrittenDraft): void {
    this.#left.delete(typed);
    this.#typed.update((all) => new Map([...all].filter((entry) => entry[1] !== typed)));
  }
}
