import {
  type Operation,
  type OperationAction,
  type OperationOf,
  type OperationResult,
  parseOperation,
  ProtocolError,
} from '@chat-vault/live-sync/protocol';
import { type Db } from '../database/tables.ts';
import { type Actor, checkOperation, POSTED_FIELD, SENT_FIELD } from './check-operation.ts';
import { conversationRow, CREATED_CONVERSATIONS, RENAMED_CONVERSATIONS } from './conversations.ts';
import { type Group, type GroupRow, writeGroup } from './group.ts';
import { memberRow, MEMBERS } from './members.ts';
import { EDITED, messageRow, SENT_OR_DELETED, tombstoneRow } from './messages.ts';
import { type Outcome, outcomeToResult } from './outcome.ts';
import { reactionRow, REACTIONS } from './reactions.ts';
import { readRow, READS } from './reads.ts';
import { DELETED_STORIES, POSTED_STORIES, storyDeletionRow, storyRow } from './stories.ts';

/** An operation and its place in the batch. */
interface Placed<Action extends OperationAction = OperationAction> {
  readonly ord: number;
  readonly operation: OperationOf<Action>;
}

type Outcomes = ReadonlyMap<number, Outcome>;

/** The operations of one kind, how each becomes a row, and how the rows are written. */
interface Step {
  readonly actions: readonly OperationAction[];
  write(db: Db, placed: readonly Placed[], actor: Actor): Promise<Outcomes>;
  /** What the database says of these operations as they are, `undefined` for those that could be written. */
  explain(
    db: Db,
    placed: readonly Placed[],
    actor: Actor,
  ): Promise<ReadonlyMap<number, Outcome | undefined>>;
}

const step = <Action extends OperationAction, Row extends GroupRow>(
  actions: readonly Action[],
  group: Group<Row>,
  rowOf: (ord: number, operation: OperationOf<Action>, actor: Actor) => Row,
): Step => {
  const rowsOf = (placed: readonly Placed[], actor: Actor) =>
    (placed as unknown as readonly Placed<Action>[]).map(({ ord, operation }) =>
      rowOf(ord, operation, actor),
    );
  return {
    actions,
    write: (db, placed, actor) => writeGroup(db, group, rowsOf(placed, actor), actor.userId),
    explain: (db, placed, actor) => group.explain(db, rowsOf(placed, actor), actor.userId),
  };
};

/**
 * The groups in the order in which they are written: what others need comes first (a conversation before its messages, a message
 * before its edits), and who leaves a conversation in the end has said before what there was to say.
 */
const STEPS: readonly Step[] = [
  step(['CONVERSATION_CREATE'], CREATED_CONVERSATIONS, (ord, operation, { userId }) =>
    conversationRow(ord, operation, userId),
  ),
  step(['CONVERSATION_RENAME'], RENAMED_CONVERSATIONS, (ord, operation, { userId }) =>
    conversationRow(ord, operation, userId),
  ),
  step(['MESSAGE_SEND'], SENT_OR_DELETED, messageRow),
  step(['MESSAGE_EDIT'], EDITED, messageRow),
  step(['REACTION_SET', 'REACTION_REMOVE'], REACTIONS, reactionRow),
  step(['MESSAGE_DELETE'], SENT_OR_DELETED, tombstoneRow),
  step(['STORY_POST'], POSTED_STORIES, (ord, operation, { now }) => storyRow(ord, operation, now)),
  step(['STORY_DELETE'], DELETED_STORIES, storyDeletionRow),
  step(['READ_SET'], READS, readRow),
  step(['MEMBER_SET', 'MEMBER_REMOVE'], MEMBERS, memberRow),
];

/**
 * Takes a batch over: each operation is looked at by itself, those of one action are written by one statement, all or nothing,
 * and each gets its result. Done twice, it changes nothing the second time. When it throws, some groups may be written: the
 * client sends everything again.
 */
export async function flush(
  db: Db,
  operations: readonly { readonly opId: string }[],
  actor: Actor,
): Promise<readonly OperationResult[]> {
  const outcomes = new Map<number, Outcome>();
  const accepted: Placed[] = [];
  const late: Placed[] = [];
  for (const [ord, sent] of operations.entries()) {
    const { operation, outcome } = readOperation(sent, actor);
    if (outcome) outcomes.set(ord, outcome);
    if (operation && outcome === undefined) accepted.push({ ord, operation });
    if (operation && isLate(outcome)) late.push({ ord, operation });
  }
  for (const { actions, write, explain } of STEPS) {
    const own = accepted.filter(({ operation }) => actions.includes(operation.action));
    if (own.length > 0) {
      for (const [ord, outcome] of await write(db, own, actor)) outcomes.set(ord, outcome);
    }
    const known = late.filter(({ operation }) => actions.includes(operation.action));
    if (known.length === 0) continue;
    for (const [ord, outcome] of await explain(db, known, actor)) {
      if (outcome && outcome.status !== 'rejected') outcomes.set(ord, outcome);
    }
  }
  return operations.map(({ opId }, ord) => {
    const outcome = outcomes.get(ord);
    if (outcome === undefined) throw new Error(`operation ${ord} of a flush got no outcome`);
    return outcomeToResult(opId, outcome);
  });
}

/**
 * Whether something new is refused for its instant only. It may have been taken in time and the answer was lost: told of a wrong
 * clock, the client would send it a second time under another instant.
 */
const isLate = (outcome: Outcome | undefined): boolean =>
  outcome?.status === 'rejected' &&
  outcome.reason === 'clock-drift' &&
  (outcome.field === SENT_FIELD || outcome.field === POSTED_FIELD);

/** The operation, when it can be read at all, and why it is refused whatever the database holds. */
interface ReadOperation {
  readonly operation?: Operation;
  readonly outcome?: Outcome | undefined;
}

function readOperation(sent: unknown, actor: Actor): ReadOperation {
  try {
    const operation = parseOperation(sent);
    return { operation, outcome: checkOperation(operation, actor) };
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    const field = `${error.details['field']}`;
    return { outcome: { status: 'rejected', reason: 'malformed', detail: error.message, field } };
  }
}
