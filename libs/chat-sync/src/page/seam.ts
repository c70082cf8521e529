import { ɵSEALED_ENVIRONMENT as SEALED_ENVIRONMENT } from '@chat-vault/chat-sync/encryption';
import { AUTO_SYNC_OPTIONS } from '../auto-sync/auto-sync-options';
import { loadCode } from '../cloud/load-code';
import { LiveRead } from '../history/live-read';
import { CHAT_SYNC_CONFIG, CHAT_SYNC_LOGGER } from '../provide/chat-sync-config';
import { toChatVaultError } from '../sync/chat-sync-error';
import { CloudConnections } from '../sync/cloud-connections';
import { BackgroundWork } from './background-work';
import { BROWSER_WINDOW } from './browser-window';
import { CHAT_SYNC_CLOCK } from './chat-sync-clock';
import { ENTITIES_ENVIRONMENT } from './entities-environment';

/** What the entry points `testing`, `entities` and `live` need of the inside; not for applications. */
export const SEAM = {
  AUTO_SYNC_OPTIONS,
  BackgroundWork,
  BROWSER_WINDOW,
  CHAT_SYNC_CLOCK,
  CHAT_SYNC_CONFIG,
  CHAT_SYNC_LOGGER,
  CloudConnections,
  ENTITIES_ENVIRONMENT,
  LiveRead,
  loadCode,
  SEALED_ENVIRONMENT,
  toChatVaultError,
} as const;
