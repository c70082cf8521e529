import { type LiveSnapshot } from './live-connection.js';

/** A snapshot in a form that can be cloned: its error loses its class on the way. */
export type SnapshotMessage = Omit<LiveSnapshot, 'error'> & {
  readonly error: { readonly message: string } | null;
};

export function snapshotToMessage(snapshot: LiveSnapshot): SnapshotMessage {
  return { ...snapshot, error: snapshot.error && { message: snapshot.error.message } };
}

export function messageToSnapshot(message: SnapshotMessage): LiveSnapshot {
  return { ...message, error: message.error && new Error(message.error.message) };
}
