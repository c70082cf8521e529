import {
  type EnvironmentProviders,
  inject,
  isDevMode,
  makeEnvironmentProviders,
  provideEnvironmentInitializer,
} from '@angular/core';
import { AUTO_SYNC_OPTIONS } from '../auto-sync/auto-sync-options';
import { CLOUD_SOURCES, type CloudSource } from '../cloud/cloud-source';
import { VaultEncryption } from '../encryption/vault-encryption';
import { ChatHistory } from '../history/chat-history';
import { StoragePersistence } from '../persistence/storage-persistence';
import { StorageAccess } from '../storage/storage-access';
import { ChatSyncError } from '../sync/chat-sync-error';
import { CloudConnections } from '../sync/cloud-connections';
import { ChatSyncService } from '../sync/chat-sync-service';
import { VaultTransfers } from '../transfer/vault-transfers';
import { CHAT_SYNC_CONFIG, type ChatSyncConfig } from './chat-sync-config';
import { type ChatSyncFeature } from './chat-sync-feature';

/**
 * Sets up chat history that is stored on this device and backed up in clouds that the person owns. Clouds that were
 * connected when the application was last closed are connected again after the first paint, without asking anything.
 *
 * @throws ChatSyncError `configuration` in development, when features contradict each other
 */
export function provideChatSync(
  config: ChatSyncConfig,
  ...features: ChatSyncFeature[]
): EnvironmentProviders {
  if (isDevMode()) checkFeatures(features);
  return makeEnvironmentProviders([
    ChatSyncService,
    ChatHistory,
    CloudConnections,
    StorageAccess,
    StoragePersistence,
    VaultEncryption,
    VaultTransfers,
    { provide: CHAT_SYNC_CONFIG, useValue: config },
    { provide: CLOUD_SOURCES, useFactory: () => createSources(features) },
    { provide: AUTO_SYNC_OPTIONS, useValue: null },
    features.map(({ providers }) => providers),
    provideEnvironmentInitializer(() => inject(ChatSyncService)),
  ]);
}

function checkFeatures(features: readonly ChatSyncFeature[]): void {
  const byKind = new Map<string, string>();
  for (const { kind, name } of features) {
    const other = byKind.get(kind);
    if (kind !== 'cloud' && other !== undefined) {
      throw wrong(
        other === name
          ? `${name}() is given twice; keep one`
          : `${other}() and ${name}() exclude each other; keep one`,
      );
    }
    byKind.set(kind, name);
  }
  if (!byKind.has('storage')) {
    throw wrong('no storage is given; add withIdbStorage() or withChatStorage(…)');
  }
}

function createSources(features: readonly ChatSyncFeature[]): readonly CloudSource[] {
  const sources = new Map<string, CloudSource>();
  for (const { createSource } of features) {
    const source = createSource?.();
    if (!source) continue;
    if (sources.has(source.providerId)) {
      throw wrong(
        `two clouds have the provider id "${source.providerId}"; give one of them another id`,
      );
    }
    sources.set(source.providerId, source);
  }
  return [...sources.values()];
}

const wrong = (problem: string): ChatSyncError =>
  new ChatSyncError('configuration', `provideChatSync: ${problem}`);
