import { type LiveSnapshot } from './live-connection.js';
import { messageToSnapshot, snapshotToMessage, type SnapshotMessage } from './snapshot-message.js';

/** What a follower asks of the host. */
export type HostTask = 'flush' | 'signedIn' | 'wake' | 'syncNow';

/** Where the host runs: a worker has to be kept awake. */
export type HostRole = 'page' | 'worker';

/** What the tabs and the worker of one browser say to each other. */
export type HostMessage =
  | { readonly kind: 'ping' }
  | {
      readonly kind: 'here';
      readonly token: string;
      readonly role: HostRole;
      readonly snapshot: LiveSnapshot | null;
    }
  | { readonly kind: 'ask'; readonly id: string; readonly task: HostTask }
  | { readonly kind: 'done'; readonly id: string; readonly error: string | null };

/** A message in the form in which it can be cloned. */
export function hostMessageToData(message: HostMessage): unknown {
  if (message.kind !== 'here') return message;
  return { ...message, snapshot: message.snapshot && snapshotToMessage(message.snapshot) };
}

/** `null` for what another version of the application may have said. */
export function parseHostMessage(data: unknown): HostMessage | null {
  const message = (data ?? {}) as Record<string, unknown>;
  const { kind, token, role, id, task, snapshot, error } = message;
  switch (kind) {
    case 'ping':
      return { kind };
    case 'here':
      if (typeof token !== 'string' || (role !== 'page' && role !== 'worker')) return null;
      return {
        kind,
        token,
        role,
        snapshot: snapshot ? messageToSnapshot(snapshot as SnapshotMessage) : null,
      };
    case 'ask':
      return typeof id === 'string' && isTask(task) ? { kind, id, task } : null;
    case 'done':
      if (typeof id !== 'string') return null;
      return { kind, id, error: typeof error === 'string' ? error : null };
    default:
      return null;
  }
}

const TASKS: readonly unknown[] = ['flush', 'signedIn', 'wake', 'syncNow'] satisfies HostTask[];

function isTask(value: unknown): value is HostTask {
  return TASKS.includes(value);
}
