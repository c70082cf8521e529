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
    this.#takeUp().catch(() => undefined); // what could not be taken up is still in `#typed`
  }

  /** What was typed last, wherever. */
  of(conversationUrn: string): string {
    return this.all().get(conversationUrn)?.text ?? '';
  }

  /** Keeps what is typed; blank text deletes the draft, at once. */
  keep(conversationUrn: string, text: string): void {
    const typed = { text, typedAt: this.#now() };
    this.#typed.update((all) => new Map([...all, [conversationUrn, typed]]));
    if (text.trim() === '') void this.write();
    else this.#stopWaiting ??= this.#after(WRITE_AFTER_MS, () => void this.write());
  }

  /** Writes what was typed to the device. What cannot be saved stays here, to be saved with the next letter. */
  async write(): Promise<void> {
    this.#stopWaiting?.();
    this.#stopWaiting = null;
    const due = untracked(this.#typed);
    if (due.size === 0) return;
    this.#afloat = new Map([...this.#afloat, ...due]);
    await Promise.all([...due].map((entry) => this.#saveOne(...entry).catch(() => undefined)));
    if (!(await this.#repositories.flush()).ok) return;
    const failed = new Set(untracked(this.#typed).values());
    this.#afloat = new Map(
      [...this.#afloat].filter(([urn, typed]) => due.get(urn) !== typed || failed.has(typed)),
    );
  }

  async #saveOne(conversationUrn: string, typed: UnwrittenDraft): Promise<void> {
    const { text } = typed;
    if (text.trim() !== '') await this.#drafts.save({ conversationUrn, text });
    else if (await this.#drafts.read(conversationUrn)) await this.#drafts.remove(conversationUrn);
    this.#settle(typed);
  }

  /** The page may not come back: everything is written, and noted in case that there is no time left for that. */
  async #leave(): Promise<void> {
    const writing = this.write();
    const due = this.#afloat;
    if (due.size === 0) return;
    this.#unwritten.keep(due);
    await writing;
    const isWritten = ([urn, typed]: [string, UnwrittenDraft]) => this.#afloat.get(urn) !== typed;
    this.#unwritten.forget(new Map([...due].filter(isWritten)));
  }

  /** Takes up what the page before this one could not write. */
  async #takeUp(): Promise<void> {
    const left = this.#unwritten.read();
    if (left.size === 0) return;
    this.#typed.set(left);
    for (const [urn, draft] of left) {
      const known = await this.#drafts.read(urn);
      const isOlder = (known?.updatedAt?.getTime() ?? 0) > draft.typedAt;
      await (isOlder ? this.#settle(draft) : this.#saveOne(urn, draft));
    }
    if ((await this.#repositories.flush()).ok) this.#unwritten.forget(left);
  }

  /** What was typed is saved, or another device has said something newer. */
  #settle(typed: UnwrittenDraft): void {
    this.#typed.update((all) => new Map([...all].filter((entry) => entry[1] !== typed)));
  }
}
