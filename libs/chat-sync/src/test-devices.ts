import { createEnvironmentInjector, EnvironmentInjector } from '@angular/core';
import { TestBed } from '@angular/core/testing';
import {
  ChatSyncTestingController,
  type ChatSyncTestingOptions,
  provideChatSyncTesting,
} from '../testing/src/index';
import { ChatHistory } from './history/chat-history';
import { type ChatSyncFeature } from './provide/chat-sync-feature';
import { ChatSyncService } from './sync/chat-sync-service';

/** A device with the whole facade, a database of its own and these clouds beside the one in memory; none is connected. */
export function openTestDevice(
  options: ChatSyncTestingOptions = {},
  ...features: readonly ChatSyncFeature[]
) {
  const injector = createEnvironmentInjector(
    [provideChatSyncTesting({ isConnected: false, ...options }, ...features)],
    TestBed.inject(EnvironmentInjector),
  );
  const history = injector.get(ChatHistory);
  const chatSync = injector.get(ChatSyncService);
  /** Ids of all messages here, sorted. */
  const ids = async (): Promise<readonly string[]> => {
    const storage = await history.storage();
    const query = { conversationUrn: 'urn:chat:1', limit: 10_000 };
    return (await storage.history(query)).messages.map(({ id }) => id).sort();
  };
  /** How a provider stands. */
  const state = (providerId: string) =>
    chatSync.providers().find((provider) => provider.providerId === providerId);
  return {
    injector,
    chatSync,
    history,
    controller: injector.get(ChatSyncTestingController),
    ids,
    state,
  };
}
