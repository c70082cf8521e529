import { InjectionToken } from '@angular/core';

/** How tabs of the application tell each other that entities were written; a `BroadcastChannel` fits. */
export interface TabChannel {
  onmessage: ((event: MessageEvent) => void) | null;
  postMessage(message: unknown): void;
  close(): void;
}

/** What entities take from outside, for tests. */
export interface EntitiesEnvironment {
  /** Whether the device keeps nothing, so that no database is needed. */
  readonly isInMemory?: boolean;
  /** Bytes for ids of entities. */
  readonly randomBytes?: (length: number) => Uint8Array;
  /** Names of files: a UUID of version 7. */
  readonly newId?: () => string;
  readonly openChannel?: (name: string) => TabChannel | null;
}

/** The environment of a test; absent in applications. */
export const ENTITIES_ENVIRONMENT = new InjectionToken<EntitiesEnvironment>('ENTITIES_ENVIRONMENT');
