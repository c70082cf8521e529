import { type CloudOperation } from '../port/cloud-operation.js';

/** An answer with an HTTP status, such as 401, 403, 404, 412, 423, 429 or 503; the call is not carried out. */
export interface StatusFault {
  readonly status: number;
  /** From 0 to 1. */
  readonly chance: number;
  /** Calls that may meet it; default all. */
  readonly on?: readonly CloudOperation[];
  /** The answer's `Retry-After`, in milliseconds. */
  readonly retryAfterMs?: number;
}

/** What a faulty cloud may do to a call. Every chance is from 0 to 1; what is left out does not happen. */
export interface CloudFaults {
  /** A call takes at least and at most so many milliseconds. */
  readonly latencyMs?: readonly [min: number, max: number];
  readonly statuses?: readonly StatusFault[];
  /** Chance that a call never reaches the service. */
  readonly offline?: number;
  /** Chance that a call is carried out and the caller gets `offline` or `unavailable` all the same. */
  readonly lostReply?: number;
  /** Chance that `create` stores a beginning of the bytes and fails. */
  readonly tornUpload?: number;
  /** Chance that `create` stores a beginning of the bytes and reports success. */
  readonly tornSuccess?: number;
  /** Chance that `read` gives a beginning of the bytes and reports success. */
  readonly tornRead?: number;
  /** Chance that `create` leaves two files of one path, which listings show until the path is removed. */
  readonly duplicate?: number;
  /** Chance that a listing is short, and the share of its entries that it then lacks. */
  readonly shortListing?: { readonly chance: number; readonly share: number };
  /** A new file is missing from the next so many listings of its folder, and for so many milliseconds. */
  readonly lag?: { readonly listings?: number; readonly ms?: number };
  /** Bytes after which `create` answers `quota-exceeded`; what is removed is given back. */
  readonly quotaBytes?: number;
}

/** What happens to one call. */
export interface CallPlan {
  readonly latencyMs: number;
  readonly status: StatusFault | undefined;
  readonly isOffline: boolean;
  readonly lostReply: 'offline' | 'unavailable' | undefined;
  /** The share of the bytes that `create` stores, and whether it reports success. */
  readonly torn: { readonly share: number; readonly isReported: boolean } | undefined;
  /** The share of the bytes that `read` gives, 1 for all. */
  readonly readShare: number;
  readonly isDuplicated: boolean;
  /** The share of the entries that a listing lacks. */
  readonly missingShare: number;
}

/** Decides what happens to one call. Draws the same numbers whatever the outcome, so one fault does not shift the next. */
export const planCall = (
  faults: CloudFaults,
  operation: CloudOperation,
  random: () => number,
): CallPlan => {
  const [min, max] = faults.latencyMs ?? [0, 0];
  const latencyMs = min + random() * (max - min);
  const isOffline = random() < (faults.offline ?? 0);
  const isLost = random() < (faults.lostReply ?? 0);
  const lostCode = random() < 0.5 ? 'offline' : 'unavailable';
  const isTorn = random() < (faults.tornUpload ?? 0);
  const isTornReported = random() < (faults.tornSuccess ?? 0);
  const tornShare = random();
  const isDuplicated = random() < (faults.duplicate ?? 0);
  const isShort = random() < (faults.shortListing?.chance ?? 0);
  const status = (faults.statuses ?? []).filter(
    (fault) => random() < fault.chance && (fault.on ?? [operation]).includes(operation),
  )[0];
  const isReadTorn = random() < (faults.tornRead ?? 0);
  const readShare = random();
  return {
    latencyMs,
    status,
    isOffline,
    lostReply: isLost ? lostCode : undefined,
    torn: isTorn || isTornReported ? { share: tornShare, isReported: !isTorn } : undefined,
    readShare: isReadTorn ? readShare : 1,
    isDuplicated,
    missingShare: isShort ? (faults.shortListing?.share ?? 0) : 0,
  };
};
