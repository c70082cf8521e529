import { type OperationResult, type RejectionReason } from '@chat-vault/live-sync/protocol';

/** What became of one operation, before its id is put to it. */
export type Outcome =
  | { readonly status: 'applied' | 'duplicate' | 'superseded' }
  | {
      readonly status: 'rejected';
      readonly reason: RejectionReason;
      readonly detail: string;
      readonly field?: string;
      readonly serverTime?: string;
    };

/** The server took it over. */
export const APPLIED: Outcome = { status: 'applied' };
/** The server had it already. */
export const DUPLICATE: Outcome = { status: 'duplicate' };
/** A later change of the same thing has won. */
export const SUPERSEDED: Outcome = { status: 'superseded' };

const DETAILS: Readonly<Record<Exclude<RejectionReason, 'malformed' | 'clock-drift'>, string>> = {
  'not-the-sender': 'The operation speaks for another person than the one who is signed in.',
  'not-the-author': 'Only the author edits or deletes.',
  'not-a-member': 'The person is not a member of this conversation.',
  'not-an-owner': 'Only an owner adds and removes other people.',
  'unknown-message': 'The server does not have this message.',
  'message-deleted': 'The message was deleted.',
};

/** The server refuses it for good. */
export const rejected = (reason: keyof typeof DETAILS): Outcome => ({
  status: 'rejected',
  reason,
  detail: DETAILS[reason],
});

/** The outcome as the answer says it. */
export const outcomeToResult = (opId: string, outcome: Outcome): OperationResult => ({
  opId,
  ...outcome,
});
