import {
  assertInInjectionContext,
  computed,
  effect,
  inject,
  Injector,
  linkedSignal,
  runInInjectionContext,
  type Signal,
  untracked,
} from '@angular/core';
import { type ChatVaultError, type Reaction, type StampedMessage } from '@chat-vault/core';
import { BackgroundWork } from '../page/background-work';
import { BROWSER_WINDOW } from '../page/browser-window';
import { StorageAccess } from '../storage/storage-access';
import { ChatSyncService } from '../sync/chat-sync-service';
import { type ConversationView, ConversationWindow } from './conversation-window';

/** Which conversation is shown. */
export interface ConversationParams {
  readonly conversationUrn: string;
  /** Messages that are shown at first and that `loadOlder` adds; default 50. */
  readonly pageSize?: number;
}

/** The history of one conversation, as signals. */
export interface ConversationRef {
  /** Newest first, without gaps unless `error` says otherwise. Unchanged messages stay the same objects. */
  readonly messages: Signal<readonly StampedMessage[]>;
  /** Reactions to the messages shown, those taken back left out. */
  readonly reactions: Signal<readonly Reaction[]>;
  /** Whether the first or an older page is under way; updates of what is shown are not announced. */
  readonly isLoading: Signal<boolean>;
  /** Whether older messages exist, here or in a connected cloud, as far as is known. */
  readonly hasOlder: Signal<boolean>;
  /** Why a part may be missing; what is on this device is shown all the same, and the rest once it can be had. */
  readonly error: Signal<ChatVaultError | null>;
  /** Shows one page more, fetched from the clouds where this device lacks it. Never rejects. */
  loadOlder(): Promise<void>;
}

const DEFAULT_PAGE_SIZE = 50;

const NOTHING: ConversationView = {
  messages: [],
  reactions: [],
  isLoading: false,
  hasOlder: false,
  error: null,
};

/**
 * Newest-first history of one conversation; loads older months on demand and stays up to date with writes of this and other tabs and with what
 * syncs bring, until the injector is destroyed. Other parameters show another conversation, `undefined` shows none.
 */
export function injectConversation(
  params: () => ConversationParams | undefined,
  options: { readonly injector?: Injector } = {},
): ConversationRef {
  if (!options.injector) assertInInjectionContext(injectConversation);
  const injector = options.injector ?? inject(Injector);
  return runInInjectionContext(injector, () => createConversation(params));
}

function createConversation(params: () => ConversationParams | undefined): ConversationRef {
  const access = inject(StorageAccess);
  const chatSync = inject(ChatSyncService);
  const work = inject(BackgroundWork);
  const conversationUrn = computed(() => params()?.conversationUrn);
  const view = linkedSignal<string | undefined, ConversationView>({
    source: conversationUrn,
    computation: (urn) => ({ ...NOTHING, isLoading: urn !== undefined }),
  });
  const window = linkedSignal<unknown, ConversationWindow | null>({
    source: conversationUrn,
    computation: () => null,
  });

  if (inject(BROWSER_WINDOW)) {
    effect((onCleanup) => {
      const urn = conversationUrn();
      const storage = access.opened();
      if (urn === undefined) return;
      if (!storage) return access.openInBackground();
      const opened = new ConversationWindow({
        conversationUrn: urn,
        storage,
        view,
        work,
        pageSize: () => untracked(params)?.pageSize ?? DEFAULT_PAGE_SIZE,
        loadOlder: (query, signal) => chatSync.loadOlder(query, { signal }),
      });
      onCleanup(() => opened.close());
      window.set(opened);
    });
    const clouds = computed(() => {
      const connected = chatSync.providers().filter(({ isConnected }) => isConnected);
      return connected.map(({ providerId }) => providerId).join();
    });
    effect(() => {
      const opened = window();
      const connected = clouds();
      chatSync.lastSyncedAt();
      untracked(() => opened?.confirm(connected));
    });
  }
  const storageError = computed(() => (access.opened() ? null : access.problem()));
  return {
    messages: computed(() => view().messages),
    reactions: computed(() => view().reactions),
    isLoading: computed(() => view().isLoading && storageError() === null),
    hasOlder: computed(() => view().hasOlder),
    error: computed(() => view().error ?? storageError()),
    loadOlder: async () => untracked(window)?.loadOlder(),
  };
}
