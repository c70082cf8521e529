import { FormatError } from '../errors/format-error.js';
import { jsonBytes, type VaultRecord } from '../model/record-json.js';
import {
  type MessageTombstone,
  type Reaction,
  type StampedMessage,
  type VaultContent,
} from '../model/records.js';
import { MAX_VAULT_RECORDS } from './limits.js';
import { compareRecordKeys, type RecordKey } from './record-key.js';

/**
 * Cuts sorted pieces of one month into segments of about `segmentBytes` bytes of JSON, never between records of one message key.
 * Each piece is sorted as `mergeContents` sorts, and pieces follow each other in that order; one that continues the key of the piece
 * before it is fine. Only one segment is in memory. Clearings belong to no month and are left out; unknown top-level fields go with
 * the first segment that follows them, so a piece without records keeps none.
 * @throws FormatError `malformed` for pieces out of order
 */
export function* cutSegments(
  records: Iterable<VaultContent>,
  segmentBytes: number,
): Generator<VaultContent> {
  let segment = new OpenSegment();
  for (const piece of records) {
    segment.keepUnknown(piece);
    for (const group of groupsOf(piece)) {
      if (segment.isFull(segmentBytes) && !segment.endsWith(group.key)) {
        yield segment.close();
        segment = new OpenSegment();
      }
      segment.add(group);
    }
  }
  if (!segment.isEmpty) yield segment.close();
}

/** The records of one message key in one piece. */
interface Group {
  readonly key: RecordKey;
  readonly messages: readonly StampedMessage[];
  readonly tombstones: readonly MessageTombstone[];
  readonly reactions: readonly Reaction[];
}

class OpenSegment {
  readonly #messages: StampedMessage[] = [];
  readonly #tombstones: MessageTombstone[] = [];
  readonly #reactions: Reaction[] = [];
  #extra: VaultContent['extra'];
  #last: RecordKey | undefined;
  #bytes = 0;
  #records = 0;

  get isEmpty(): boolean {
    return this.#last === undefined;
  }

  /** Records are counted too: the format bounds them, and half of that leaves room for one key's reactions. */
  isFull(segmentBytes: number): boolean {
    return this.#bytes >= segmentBytes || this.#records >= MAX_VAULT_RECORDS / 2;
  }

  endsWith(key: RecordKey): boolean {
    return this.#last !== undefined && compareRecordKeys(this.#last, key) === 0;
  }

  keepUnknown({ extra }: VaultContent): void {
    if (extra !== undefined) this.#extra = { ...this.#extra, ...extra };
  }

  add({ key, messages, tombstones, reactions }: Group): void {
    if (this.#last !== undefined && compareRecordKeys(this.#last, key) > 0)
      throw new FormatError('malformed', 'core: records to be cut into segments are not sorted');
    this.#last = key;
    for (const message of messages) this.#messages.push(this.#counted(message));
    for (const tombstone of tombstones) this.#tombstones.push(this.#counted(tombstone));
    for (const reaction of reactions) this.#reactions.push(this.#counted(reaction));
  }

  #counted<Item extends VaultRecord>(record: Item): Item {
    this.#bytes += jsonBytes(record);
    this.#records += 1;
    return record;
  }

  close(): VaultContent {
    return {
      messages: this.#messages,
      tombstones: this.#tombstones,
      reactions: this.#reactions,
      cleared: [],
      ...(this.#extra === undefined ? {} : { extra: this.#extra }),
    };
  }
}

/** Walks the three sorted lists of a piece together. */
function* groupsOf(piece: VaultContent): Generator<Group> {
  const messages = new Cursor(piece.messages, (message) => message.id);
  const tombstones = new Cursor(piece.tombstones, (tombstone) => tombstone.messageId);
  const reactions = new Cursor(piece.reactions, (reaction) => reaction.messageId);
  for (;;) {
    const keys = [messages.key, tombstones.key, reactions.key].filter((key) => key !== undefined);
    const [first, ...others] = keys;
    if (first === undefined) return;
    const key = others.reduce((a, b) => (compareRecordKeys(b, a) < 0 ? b : a), first);
    yield {
      key,
      messages: messages.takeAll(key),
      tombstones: tombstones.takeAll(key),
      reactions: reactions.takeAll(key),
    };
  }
}

interface Placed {
  readonly conversationUrn: string;
  readonly sentTimestamp: string;
}

class Cursor<Item extends Placed> {
  readonly #items: readonly Item[];
  readonly #idOf: (item: Item) => string;
  #at = 0;
  /** The key of the next record; `undefined` at the end. */
  key: RecordKey | undefined;

  constructor(items: readonly Item[], idOf: (item: Item) => string) {
    this.#items = items;
    this.#idOf = idOf;
    this.#readKey();
  }

  takeAll(key: RecordKey): readonly Item[] {
    const start = this.#at;
    while (this.key !== undefined && compareRecordKeys(this.key, key) === 0) {
      this.#at += 1;
      this.#readKey();
    }
    return this.#items.slice(start, this.#at);
  }

  #readKey(): void {
    const item = this.#items[this.#at];
    this.key = item && [item.conversationUrn, item.sentTimestamp, this.#idOf(item)];
  }
}
