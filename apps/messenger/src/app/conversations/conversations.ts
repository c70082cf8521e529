import { Service, computed, inject } from '@angular/core';
import { injectConversations } from '@chat-vault/chat-sync';
import { LiveConversations } from '../live/live-conversations';
import { Drafts } from '../messages/drafts';
import { withDraftsAlone } from './listed-conversation';

/** The conversations of this device and of the connected clouds, newest activity first; one list for the whole app. */
@Service()
export class Conversations {
  readonly #list = injectConversations();
  readonly #drafts = inject(Drafts);
  readonly #live = inject(LiveConversations);

  /** `[]` until they are loaded. */
  readonly summaries = computed(() => this.#live.withEmpty(this.#list.conversations()));
  /** Those, and the ones in which nothing but a draft was written. */
  readonly listed = computed(() => withDraftsAlone(this.summaries(), this.#drafts.all()));
  readonly isLoaded = computed(() => !this.#list.isLoading() && this.#list.error() === null);
  /** Why the list could not be read. */
  readonly problem = this.#list.error;
}
