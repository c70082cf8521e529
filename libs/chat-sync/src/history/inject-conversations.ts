import {
  assertInInjectionContext,
  computed,
  effect,
  type EffectCleanupRegisterFn,
  inject,
  Injector,
  runInInjectionContext,
  signal,
  type Signal,
  untracked,
} from '@angular/core';
import { type ChatStorage, type ConversationSummary } from '@chat-vault/chat-storage';
import { type ChatVaultError } from '@chat-vault/core';
import { BackgroundWork } from '../page/background-work';
import { BROWSER_WINDOW } from '../page/browser-window';
import { StorageAccess } from '../storage/storage-access';
import { toChatVaultError } from '../sync/chat-sync-error';
import { LiveRead } from './live-read';

/** The list of conversations, as signals. */
export interface ConversationsRef {
  /** Newest activity first; also conversations that are only in the cloud so far. */
  readonly conversations: Signal<readonly ConversationSummary[]>;
  /** Whether the list was not read yet. */
  readonly isLoading: Signal<boolean>;
  /** Why the list could not be read. */
  readonly error: Signal<ChatVaultError | null>;
}

/** The list of conversations of this device and the connected clouds, kept up to date until the injector is destroyed. */
export function injectConversations(
  options: { readonly injector?: Injector } = {},
): ConversationsRef {
  if (!options.injector) assertInInjectionContext(injectConversations);
  return runInInjectionContext(options.injector ?? inject(Injector), createList);
}

function createList(): ConversationsRef {
  const access = inject(StorageAccess);
  const work = inject(BackgroundWork);
  const list = signal<readonly ConversationSummary[] | null>(null);
  const failed = signal<ChatVaultError | null>(null);
  const error = computed(() => failed() ?? (access.opened() ? null : access.problem()));

  const show = (storage: ChatStorage, onCleanup: EffectCleanupRegisterFn): void => {
    const live = new LiveRead(async () => {
      try {
        list.set(await storage.conversations());
        failed.set(null);
      } catch (thrown) {
        failed.set(toChatVaultError(thrown));
      }
    });
    const subscription = storage.changes$.subscribe(({ conversationUrns }) => {
      if (conversationUrns.length > 0) void work.track(live.request());
    });
    onCleanup(() => subscription.unsubscribe());
    void work.track(live.request());
  };

  if (inject(BROWSER_WINDOW)) {
    effect((onCleanup) => {
      const storage = access.opened();
      untracked(() => (storage ? show(storage, onCleanup) : access.openInBackground()));
    });
  }
  return {
    conversations: computed(() => list() ?? []),
    isLoading: computed(() => list() === null && error() === null),
    error,
  };
}
