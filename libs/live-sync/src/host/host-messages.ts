import { type LiveSnapshot } from '../client/live-snapshot.js';
import { type LiveError } from '../live-error.js';
import { dataToError, errorToData } from './error-data.js';

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
  | { readonly kind: 'done'; readonly id: string; readonly error: LiveError | null };

/** A message in a form that can be cloned: errors lose their class on the way. */
export function hostMessageToData(message: HostMessage): unknown {
  switch (message.kind) {
    case 'here': {
      const { snapshot } = message;
      return {
        ...message,
        snapshot: snapshot && { ...snapshot, error: errorToData(snapshot.error) },
      };
    }
    case 'done':
      return { ...message, error: errorToData(message.error) };
    case 'ping':
    case 'ask':
      return message;
  }
}

/** `null` for what another version of the application may have said. */
export function parseHostMessage(data: unknown): HostMessage | null {
  const { kind, token, role, id, task, snapshot, error } = (data ?? {}) as Record<string, unknown>;
  switch (kind) {
    case 'ping':
      return { kind };
    case 'here':
      if (typeof token !== 'string' || (role !== 'page' && role !== 'worker')) return null;
      return { kind, token, role, snapshot: parseSnapshot(snapshot) };
    case 'ask':
      return typeof id === 'string' && isTask(task) ? { kind, id, task } : null;
    case 'done':
      return typeof id === 'string' ? { kind, id, error: dataToError(error) } : null;
    default:
      return null;
  }
}

const TASKS: readonly unknown[] = ['flush', 'signedIn', 'wake', 'syncNow'] satisfies HostTask[];

function isTask(value: unknown): value is HostTask {
  return TASKS.includes(value);
}

function parseSnapshot(value: unknown): LiveSnapshot | null {
  if (typeof value !== 'object' || value === null) return null;
  return { ...(value as LiveSnapshot), error: dataToError((value as LiveSnapshot).error) };
}
