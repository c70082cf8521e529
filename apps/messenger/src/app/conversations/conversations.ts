import { Service, computed } from '@angular/core';
import { injectConversations } from '@chat-vault/chat-sync';

/** The conversations of this device and of the connected clouds, newest activity first; one list for the whole app. */
@Service()
export class Conversations {
  readonly #list = injectConversations();

  /** `[]` until they are loaded. */
  readonly summaries = this.#list.conversations;
  readonly isLoaded = computed(() => !this.#list.isLoading() && this.#list.error() === null);
  /** Why the list could not be read. */
  readonly problem = this.#list.error;
}
