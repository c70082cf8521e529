import { Service, computed, inject } from '@angular/core';
import { injectConversations } from '@chat-vault/chat-sync';
import { LiveConversations } from '../live/live-conversations';

/** The conversations of this device and of the connected clouds, newest activity first; one list for the whole app. */
@Service()
export class Conversations {
  readonly #list = injectConversations();
  readonly #live = inject(LiveConversations);

  /** `[]` until they are loaded. */
  readonly summaries = computed(() => this.#live.withEmpty(this.#list.conversations()));
  readonly isLoaded = computed(() => !this.#list.isLoading() && this.#list.error() === null);
  /** Why the list could not be read. */
  readonly problem = this.#list.error;
}
