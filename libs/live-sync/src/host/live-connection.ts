import { type Observable } from 'rxjs';
import { type LiveError } from '../live-error.js';

export type LiveState = LiveSnapshot['state'];
export interface LiveSnapshot {
  readonly state:
    | 'offline'
    | 'connecting'
    | 'syncing'
    | 'live'
    | 'auth-error'
    | 'sync-error'
    | 'connection-error';
  readonly pending: number;
  readonly rejected: number;
  readonly error: LiveError | null;
  readonly retryAt: number | null;
  readonly userId: string | null;
}
export interface LiveConnection {
  readonly snapshot$: Observable<LiveSnapshot>;
  flush(): void;
  signedIn(): void;
  wake(): void;
  syncNow(): Promise<void>;
  close(): Promise<void>;
}
