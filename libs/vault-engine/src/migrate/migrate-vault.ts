import { CloudError } from '@chat-vault/cloud-storage';
import { LONGEST_WAIT_MS } from '../cloud/longest-wait.js';
import { inParallel } from '../run/in-parallel.js';
import { checkFile } from './check-file.js';
import { copyFile } from './copy-file.js';
import { type ListedVault, listWholeVault, pathIn, type VaultFile } from './listed-vault.js';
import { type MigrateOptions, type MigrateReport } from './migration.js';
import { type Move, noteProblem, openMove } from './move.js';
import { refuseOtherAccount } from './same-account.js';
import { noteUnsettled, Settling } from './settling.js';

/**
 * Copies a vault from one cloud to another, for good or as a second copy: all its files, data before catalogs, so the target is a vault
 * at each moment. What is there already is not copied again, so a move that was stopped goes on where it was. Then everything at the
 * target is read back and compared, and `mayRelease` says whether the source may be given up. Both may be in use meanwhile; nothing is
 * removed at the source.
 *
 * A ZIP file is a source too (`zipCloud`). Wrap clouds in `withRetry`, as for the engine.
 *
 * Rejects with `CloudError`; `EngineError` `foreign-vault` when the target holds the vault of another account (nothing was written); or
 * the reason of an aborted signal. What was copied stays, and the next call goes on.
 */
export async function migrateVault(options: MigrateOptions): Promise<MigrateReport> {
  const { signal } = options;
  const move = openMove(options);
  const startedAt = move.env.monotonic();
  try {
    signal?.throwIfAborted();
    const source = await moveAll(move);
    move.progress.end('done');
    const { failuresInARow: _failures, ...tally } = move.tally;
    return {
      mayRelease: move.problems.size === 0,
      problems: [...move.problems.values()],
      ...(move.lookAgainMs && { lookAgainAt: new Date(move.lookAgainMs).toISOString() }),
      ...tally,
      foreign: source.foreign,
      durationMs: Math.round(move.env.monotonic() - startedAt),
    };
  } catch (error) {
    move.progress.end(signal?.aborted ? 'aborted' : 'failed');
    if (signal?.aborted) throw signal.reason;
    throw error;
  }
}

/** A vault that still changes after so many rounds is left for later. */
const MAX_ROUNDS = 50;
/** Listings of the target that may lack a file which was written. */
const LISTING_TRIES = 5;
/** Between two listings, when the service does not say how late they are. */
const LISTING_PAUSE_MS = 1000;

/**
 * Goes round until a listing of the source, made after everything before it had time to appear, shows nothing new. Where that takes long
 * it is not waited for.
 */
async function moveAll(move: Move): Promise<ListedVault> {
  const settled = new Set<string>();
  const gone = new Set<string>();
  const settling = new Settling(move);
  const { listingLagMs = 0 } = move.from.cloud;
  const waitMs = listingLagMs > LONGEST_WAIT_MS ? 0 : listingLagMs;
  let hasWaited = waitMs === 0;
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const lookedAtMs = move.env.now();
    const { source, target } = await look(move);
    if (round === 0) {
      await refuseOtherAccount(move, { source, target });
      settling.begin({ source, target }, lookedAtMs);
    }
    const fresh = [...source.files.values()].filter(({ path }) => !settled.has(path));
    if (fresh.length > 0) {
      await moveFiles(move, { fresh, target, settled, gone });
      hasWaited = waitMs === 0;
    } else if (!hasWaited) {
      await move.env.sleep(waitMs, move.call.signal);
      hasWaited = true;
    } else {
      await expectListed(move, source, target);
      settling.end({ source }, lookedAtMs);
      for (const path of move.promises.namedFiles())
        if (!source.files.has(path)) noteProblem(move, 'missing', path, 'a catalog names it');
      return source;
    }
  }
  throw new CloudError(
    'unavailable',
    'vault-engine: the vault kept changing while it was moved; what was copied stays, go on later',
  );
}

/** Lists both sides and reads the source's new catalogs. */
async function look(
  move: Move,
): Promise<{ readonly source: ListedVault; readonly target: ListedVault }> {
  move.progress.enter('listing');
  const options = { ...move.call, maxInFlight: move.maxInFlight };
  const [source, target] = await Promise.all([
    listWholeVault(move.from, options),
    listWholeVault(move.to, options),
  ]);
  const catalogs = [...source.files.values()].filter(({ parsed }) => parsed.kind === 'catalog');
  for (const file of catalogs) if (!move.promises.hasSeen(file)) await learn(move, file);
  return { source, target };
}

async function learn(move: Move, file: VaultFile): Promise<void> {
  try {
    const { from, call, promises } = move;
    await promises.learn(file, await from.cloud.read(pathIn(from, file.path), call));
  } catch (error) {
    // One file's failure is dealt with when it is copied, and a service's fails then again.
    if (!(error instanceof CloudError) || error.code === 'aborted') throw error;
  }
}

/** Data first, read back and compared, and the catalogs only then: they must not name what is not there. */
async function moveFiles(
  move: Move,
  round: {
    readonly fresh: readonly VaultFile[];
    readonly target: ListedVault;
    readonly settled: Set<string>;
    readonly gone: Set<string>;
  },
): Promise<void> {
  const { fresh, target, settled, gone } = round;
  const isCatalog = ({ parsed }: VaultFile) => parsed.kind === 'catalog';
  let wentAny = false;
  for (const files of [fresh.filter((file) => !isCatalog(file)), fresh.filter(isCatalog)]) {
    if (wentAny) return; // newer catalogs name what took its place: look again first
    const { copied, went } = await copyFiles(move, files, target);
    for (const { path } of went) {
      if (gone.has(path)) noteProblem(move, 'unreadable', path, 'it is listed and not there');
      if (gone.has(path)) settled.add(path);
      gone.add(path);
    }
    wentAny = went.some(({ path }) => !settled.has(path));
    await checkFiles(move, copied);
    for (const { path } of copied) settled.add(path);
  }
}

/** Those that went are no longer at the source. */
interface CopiedFiles {
  readonly copied: readonly VaultFile[];
  readonly went: readonly VaultFile[];
}

async function copyFiles(
  move: Move,
  files: readonly VaultFile[],
  target: ListedVault,
): Promise<CopiedFiles> {
  const there = (file: VaultFile) => target.files.get(file.path);
  const isThere = (file: VaultFile) => there(file)?.size === file.size;
  const present = files.filter(isThere);
  const absent = files.filter((file) => !isThere(file));
  move.tally.filesPresent += present.length;
  move.progress.enter('backing-up');
  move.progress.expect(absent.length, sumOf(absent));
  const outcomes = await inParallel(absent, move.maxInFlight, async (file) => {
    move.call.signal?.throwIfAborted();
    const outcome = await move.budget.spend(file.size, () => copyFile(move, file, there(file)));
    move.progress.done(1, file.size);
    return outcome;
  });
  return {
    copied: [...present, ...absent.filter((_, index) => outcomes[index] === 'settled')],
    went: absent.filter((_, index) => outcomes[index] === 'gone'),
  };
}

async function checkFiles(move: Move, files: readonly VaultFile[]): Promise<void> {
  const unsettled = files.filter(({ path }) => {
    const kind = move.problems.get(path)?.kind;
    return kind !== 'unreadable' && kind !== 'conflict';
  });
  move.progress.enter('verifying');
  move.progress.expect(unsettled.length, sumOf(unsettled));
  await inParallel(unsettled, move.maxInFlight, async (file) => {
    move.call.signal?.throwIfAborted();
    // Two files in the worst case: the target's and the source's.
    await move.budget.spend(2 * file.size, () => checkFile(move, file));
    move.progress.done(1, file.size);
  });
}

/** Every file that is right must also be listed, as a device finds it by that; listings may be late. */
async function expectListed(move: Move, source: ListedVault, first: ListedVault): Promise<void> {
  const { maxInFlight, call, env, to } = move;
  const { listingLagMs = 0 } = to.cloud;
  const isLong = listingLagMs > LONGEST_WAIT_MS;
  let target = first;
  for (let attempt = 1; ; attempt++) {
    const unlisted = [...source.files.values()].filter(
      ({ path, size }) => !move.problems.has(path) && target.files.get(path)?.size !== size,
    );
    if (unlisted.length === 0) return;
    if (attempt > LISTING_TRIES) {
      for (const { path } of unlisted) {
        if (isLong) noteUnsettled(move, path, env.now() + listingLagMs);
        else noteProblem(move, 'unverified', path, 'it is not listed');
      }
      return;
    }
    const pauseMs = isLong ? LISTING_PAUSE_MS : listingLagMs || LISTING_PAUSE_MS;
    await env.sleep(pauseMs, call.signal);
    target = await listWholeVault(to, { ...call, maxInFlight });
  }
}

const sumOf = (files: readonly VaultFile[]): number =>
  files.reduce((bytes, { size }) => bytes + size, 0);
