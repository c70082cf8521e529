import { type GroupRow } from './group.ts';
import { DUPLICATE, type Outcome, rejected, SUPERSEDED } from './outcome.ts';

/** Why rows changed nothing, from what was found for those of conversations that the person is in. */
export function explainRows<Row extends GroupRow, Found extends GroupRow>(
  rows: readonly Row[],
  found: readonly Found[],
  explain: (row: Row, known: Found) => Outcome | undefined,
): ReadonlyMap<number, Outcome | undefined> {
  const byOrd = new Map(found.map((one) => [one.ord, one]));
  return new Map(
    rows.map((row): [number, Outcome | undefined] => {
      const known = byOrd.get(row.ord);
      return [row.ord, known ? explain(row, known) : rejected('not-a-member')];
    }),
  );
}

/** A version that only its author changes: a message or a story. */
interface Version {
  readonly stamp: string;
  readonly isDeleted: boolean;
}

/** Why a version changed nothing where another one is known; `undefined` when it could be written now. */
export function explainVersion(
  { stamp, isDeleted }: Version,
  known: Version & { readonly isOwn: boolean },
): Outcome | undefined {
  if (!known.isOwn) return rejected('not-the-author');
  if (known.stamp > stamp) return SUPERSEDED;
  if (known.stamp < stamp) return undefined;
  return known.isDeleted === isDeleted ? DUPLICATE : SUPERSEDED;
}
