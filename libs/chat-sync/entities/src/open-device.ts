import { type Injector, runInInjectionContext } from '@angular/core';
import { ɵSEAM } from '@chat-vault/chat-sync';
import {
  DataOrchestrator,
  EntityKeyNameStrategy,
  type IPersistence,
  memoryStore,
} from '@chat-vault/entity-sync';
import { idbStore } from '@chat-vault/entity-sync/idb';
import { ENTITIES_OPTIONS } from './entities-options';

/** The longest that a timer can wait. */
const NEVER_MS = 2 ** 31 - 1;

/** The entities of this device, without a cloud. What cannot be read now is tried again. */
export async function openDevice(injector: Injector) {
  const { strategy, prefix = 'app', conflictResolver, indexes } = injector.get(ENTITIES_OPTIONS);
  const { basePath, accountId } = injector.get(ɵSEAM.CHAT_SYNC_CONFIG);
  const logger = injector.get(ɵSEAM.CHAT_SYNC_LOGGER, null);
  const clock = injector.get(ɵSEAM.CHAT_SYNC_CLOCK);
  const page = injector.get(ɵSEAM.BROWSER_WINDOW);
  const { randomBytes, newId } = injector.get(ɵSEAM.ENTITIES_ENVIRONMENT, null) ?? {};
  const name = databaseName(injector);
  const local = openLocal(injector, name);
  const orchestrator = await DataOrchestrator.create({
    prefix,
    store: memoryStore(),
    local,
    strategy: strategy ?? new EntityKeyNameStrategy(),
    ...(conflictResolver && { conflictResolver }),
    ...(indexes && { indexes }),
    ...(logger && { logger }),
    // Clouds are asked after messages were synced, never by a timer or a read: only then it is known that they may be.
    schedule: { cloudIntervalMs: NEVER_MS },
    environment: {
      now: () => clock.now(),
      random: () => clock.random(),
      after: (ms, run) => clock.after(ms, run),
      isOnline: () => false,
      onReconnect: () => () => undefined,
      onLeave: (run) => onLeave(page, run),
      ...(randomBytes && { randomBytes }),
    },
  });
  const tierOptions = {
    now: () => clock.now(),
    ...(basePath !== undefined && { basePath }),
    ...(accountId !== undefined && { accountId }),
    ...(newId && { newId }),
    ...(logger && { logger }),
  };
  return { orchestrator, local, name, prefix, tierOptions };
}

/** Writes what is not on the device yet, and lets go of it. */
export async function closeDevice({
  orchestrator,
  local,
}: {
  readonly orchestrator: DataOrchestrator;
  readonly local: IPersistence & { close?(): Promise<void> };
}): Promise<void> {
  try {
    await orchestrator.unload();
  } finally {
    await local.close?.();
  }
}

function databaseName(injector: Injector): string {
  const { name } = injector.get(ENTITIES_OPTIONS);
  if (name !== undefined)
    return typeof name === 'string' ? name : runInInjectionContext(injector, name);
  const { basePath = 'chat-vault', accountId = '' } = injector.get(ɵSEAM.CHAT_SYNC_CONFIG);
  return ['chat-vault-entities', basePath, accountId].map(encodeURIComponent).join('/');
}

function openLocal(injector: Injector, name: string): IPersistence {
  const options = injector.get(ENTITIES_OPTIONS);
  if (options.local) return runInInjectionContext(injector, options.local);
  const isInMemory = injector.get(ɵSEAM.ENTITIES_ENVIRONMENT, null)?.isInMemory ?? false;
  if (isInMemory) return memoryStore();
  const indexedDB = injector.get(ɵSEAM.BROWSER_WINDOW)?.indexedDB;
  return idbStore({ name, ...(indexedDB && { indexedDB }) });
}

function onLeave(page: Window | null, run: () => void): () => void {
  const ending = new AbortController();
  const { signal } = ending;
  page?.addEventListener('pagehide', run, { signal });
  page?.document.addEventListener('visibilitychange', () => page.document.hidden && run(), {
    signal,
  });
  return () => ending.abort();
}
