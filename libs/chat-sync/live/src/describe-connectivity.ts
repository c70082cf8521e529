import { type LiveSnapshot } from '@chat-vault/live-sync';

/** What `<cv-connectivity>` shows. */
export interface ConnectivityDescription {
  readonly mark: 'sent' | 'waiting' | 'trouble';
  /** What is announced: a few words that do not change with each message. */
  readonly words: string;
  /** What it means for the person; `''` when there is nothing to add. */
  readonly hint: string;
}

const WAITS = 'What is written waits on this device and is sent by itself.';

/** The words for how live sync stands. "Everything is sent" is said only when nothing waits and nothing was refused. */
export function describeConnectivity(snapshot: LiveSnapshot): ConnectivityDescription {
  const { state, pending, rejected } = snapshot;
  switch (state) {
    case 'auth-error':
      return {
        mark: 'trouble',
        words: 'Session expired',
        hint: 'Sign in again; nothing that waits is lost.',
      };
    case 'sync-error':
      return { mark: 'trouble', words: 'Sync issue', hint: `It is tried again. ${WAITS}` };
    case 'offline':
    case 'connection-error':
      return { mark: 'trouble', words: 'No internet', hint: WAITS };
    case 'connecting':
      return { mark: 'waiting', words: 'Connecting…', hint: WAITS };
    case 'syncing':
      return { mark: 'waiting', words: 'Catching up…', hint: '' };
    case 'live':
      if (pending > 0) return { mark: 'waiting', words: 'Sending…', hint: '' };
      return rejected > 0
        ? { mark: 'trouble', words: 'Not all is sent', hint: 'The server refused something.' }
        : { mark: 'sent', words: 'Everything is sent', hint: '' };
  }
}
