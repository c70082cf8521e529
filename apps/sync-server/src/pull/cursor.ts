/** A place in the order of all changes: a transaction, and the number of a change within it. */
export interface Place {
  readonly txid: bigint;
  readonly seq: bigint;
}

/** Before every change. */
export const FIRST_PLACE: Place = { txid: 0n, seq: 0n };

/** In a round: where among the conversations the reader is. */
export interface RoundPlace extends Place {
  readonly conversationNo: bigint;
}

/**
 * What a reader has. At rest: every change up to `place`. In a round: besides, of all changes of transactions before
 * `round.until`, conversation by conversation, those up to `round.at` (docs/decisions/0101).
 */
export interface Cursor {
  readonly epoch: bigint;
  readonly place: Place;
  readonly round?: { readonly until: bigint; readonly at: RoundPlace };
}

/** Orders places like time. */
export function comparePlaces(a: Place, b: Place): number {
  if (a.txid !== b.txid) return a.txid < b.txid ? -1 : 1;
  if (a.seq !== b.seq) return a.seq < b.seq ? -1 : 1;
  return 0;
}

/** The cursor as a text for the client. */
export function formatCursor({ epoch, place, round }: Cursor): string {
  const parts = [epoch, place.txid, place.seq];
  if (round) parts.push(round.until, round.at.conversationNo, round.at.txid, round.at.seq);
  return parts.join('.');
}

const CURSOR = /^\d{1,19}(\.\d{1,19}){2}((\.\d{1,19}){4})?$/;
const GREATEST = 2n ** 63n - 1n;

/** Reads what `formatCursor` wrote; `undefined` for anything else. */
export function parseCursor(text: string): Cursor | undefined {
  if (!CURSOR.test(text)) return undefined;
  const numbers = text.split('.').map(BigInt);
  if (numbers.some((number) => number > GREATEST)) return undefined;
  const [epoch = 0n, txid = 0n, seq = 0n, until, conversationNo = 0n, atTxid = 0n, atSeq = 0n] =
    numbers;
  const cursor = { epoch, place: { txid, seq } };
  if (until === undefined) return cursor;
  return { ...cursor, round: { until, at: { conversationNo, txid: atTxid, seq: atSeq } } };
}
