import { ɵSEALED_ENVIRONMENT as SEALED_ENVIRONMENT } from '@chat-vault/chat-sync/encryption';
import { BackgroundWork } from './background-work';
import { CHAT_SYNC_CLOCK } from './chat-sync-clock';

/** What the `testing` entry point needs of the inside; not for applications. */
export const TESTING_SEAM = { BackgroundWork, CHAT_SYNC_CLOCK, SEALED_ENVIRONMENT } as const;
