import { Service, signal } from '@angular/core';

/** What was begun and not sent, by conversation; kept as long as the page. */
@Service()
export class Drafts {
  readonly #drafts = signal<Readonly<Record<string, string>>>({});

  of(conversationUrn: string): string {
    return this.#drafts()[conversationUrn] ?? '';
  }

  keep(conversationUrn: string, text: string): void {
    this.#drafts.update((drafts) => ({ ...drafts, [conversationUrn]: text }));
  }
}
