import { gzipCodec, jsonCodec, type VaultCodec } from '@chat-vault/core';
import {
  createKeyring,
  createRecoveryCode,
  sealedCodec,
  VaultKeyring,
} from '@chat-vault/core/sealed';
import { type Benchmark, type Figure } from '../benchmark.ts';
import { parseCorpus, takeMessages } from '../data/corpus.ts';
import { median } from '../median.ts';
import { type BackupPiece, backupPieces } from './backup-pieces.ts';

const MESSAGES = 100_000;
const ROUNDS = 7;
/** Pieces that are timed together, as the clock of a page counts tenths of milliseconds. */
const BATCH = 10;
const BUDGET = 1.3;
const KINDS = ['segment', 'manifest', 'catalog', 'delta'] as const;
const CODECS = ['json', 'gzip', 'sealed'] as const;
const TASKS = ['sealing', 'opening'] as const;

type Codecs = Readonly<Record<(typeof CODECS)[number], VaultCodec>>;
type Task = (typeof TASKS)[number];
/** Milliseconds with each codec. */
type Times = Readonly<Record<keyof Codecs, number>>;
/** Pieces of one kind, and what they took: in each round, or as a median. */
interface Batch<Time> {
  readonly pieces: readonly BackupPiece[];
  readonly times: Readonly<Record<Task, Record<keyof Codecs, Time>>>;
}

/**
 * What encryption adds to compressing: all that a backup of the corpus encodes, sealed and opened by turns with the gzip codec. The plain
 * codec takes part so that JSON, which all three do alike, can be left out. One file or segment follows the other.
 */
export const sealed: Benchmark = {
  name: 'sealed',
  async run({ readCorpus, isWholeCorpus }) {
    const corpus = parseCorpus(await readCorpus());
    const pieces = await backupPieces(isWholeCorpus ? corpus : takeMessages(corpus, MESSAGES));
    const codecs = await openCodecs();
    const batches = KINDS.flatMap((kind) => toBatches(pieces.filter(isOf(kind))));
    for (let round = 0; round < ROUNDS; round += 1)
      for (const [index, batch] of batches.entries()) await timeBatch(batch, codecs, index + round);
    const medians = batches.map(toMedians);
    const figures = await Promise.all(
      KINDS.map((kind) =>
        figuresOf(
          kind,
          medians.filter((batch) => batch.pieces.every(isOf(kind))),
          codecs,
        ),
      ),
    );
    return [...TASKS.flatMap((task) => totals(task, medians)), ...figures.flat()];
  },
};

const isOf =
  (kind: (typeof KINDS)[number]) =>
  ({ context }: BackupPiece): boolean =>
    context.kind === kind;

async function openCodecs(): Promise<Codecs> {
  const secret = { kind: 'recovery', code: createRecoveryCode() } as const;
  const { keys } = await createKeyring([secret], { newId: () => crypto.randomUUID() });
  const keyring = new VaultKeyring(keys);
  return { json: jsonCodec(), gzip: gzipCodec(), sealed: sealedCodec({ keyring }) };
}

function toBatches(pieces: readonly BackupPiece[]): readonly Batch<number[]>[] {
  const noTimes = () => ({ json: [], gzip: [], sealed: [] });
  return Array.from({ length: Math.ceil(pieces.length / BATCH) }, (_, index) => ({
    pieces: pieces.slice(index * BATCH, (index + 1) * BATCH),
    times: { sealing: noTimes(), opening: noTimes() },
  }));
}

/** Adds one time for each codec; which of them comes first changes with `turn`. */
async function timeBatch(
  { pieces, times }: Batch<number[]>,
  codecs: Codecs,
  turn: number,
): Promise<void> {
  for (const position of CODECS.keys()) {
    const name = CODECS[(turn + position) % CODECS.length] as keyof Codecs;
    const codec = codecs[name];
    const encoded: Uint8Array[] = [];
    const startedAt = performance.now();
    for (const { json, context } of pieces) encoded.push(await codec.encode(json, context));
    const encodedAt = performance.now();
    for (const [index, bytes] of encoded.entries())
      await codec.decode(bytes, (pieces[index] as BackupPiece).context);
    times.sealing[name].push(encodedAt - startedAt);
    times.opening[name].push(performance.now() - encodedAt);
  }
}

const toMedians = ({ pieces, times }: Batch<number[]>): Batch<number> => {
  const mediansOf = ({ json, gzip, sealed: own }: Record<keyof Codecs, number[]>) => ({
    json: median(json),
    gzip: median(gzip),
    sealed: median(own),
  });
  return {
    pieces,
    times: { sealing: mediansOf(times.sealing), opening: mediansOf(times.opening) },
  };
};

const sumOf = (task: Task, batches: readonly Batch<number>[]): Times =>
  batches.reduce<Times>(
    (sum, { times: { [task]: times } }) => ({
      json: sum.json + times.json,
      gzip: sum.gzip + times.gzip,
      sealed: sum.sealed + times.sealed,
    }),
    { json: 0, gzip: 0, sealed: 0 },
  );

function totals(task: Task, batches: readonly Batch<number>[]): readonly Figure[] {
  const { json, gzip, sealed: own } = sumOf(task, batches);
  return [
    {
      what: `${task} a backup against the gzip codec`,
      value: own / gzip,
      unit: 'ratio',
      budget: BUDGET,
    },
    {
      what: `${task} a backup against gzip alone, without JSON`,
      value: (own - json) / (gzip - json),
      unit: 'ratio',
      budget: BUDGET,
    },
  ];
}

/** What one file or segment of a kind costs. */
async function figuresOf(
  kind: string,
  batches: readonly Batch<number>[],
  { gzip: codec }: Codecs,
): Promise<readonly Figure[]> {
  const pieces = batches.flatMap((batch) => batch.pieces);
  const encoded = await Promise.all(pieces.map(({ json, context }) => codec.encode(json, context)));
  const kilobytes = Number((median(encoded.map(({ length }) => length)) / 1000).toPrecision(2));
  return TASKS.flatMap((task): readonly Figure[] => {
    const what = `${task} a ${kind}`;
    const row = `${task} one of ${pieces.length} × ${kind}, about ${kilobytes} KB: gzip codec, sealed, ratio`;
    const { gzip, sealed: own } = sumOf(task, batches);
    const each = { row, unit: 'ms' } as const;
    return [
      { ...each, what: `${what}: gzip codec`, value: gzip / pieces.length },
      { ...each, what: `${what}: sealed`, value: own / pieces.length },
      { row, what: `${what}: sealed against gzip`, value: own / gzip, unit: 'ratio' },
    ];
  });
}
