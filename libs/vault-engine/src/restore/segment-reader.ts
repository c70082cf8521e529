import { type ChatVault, FormatError } from '@chat-vault/core';
import {
  type CatalogVault,
  type Manifest,
  type ManifestSegment,
  sha256Hex,
} from '@chat-vault/core/format';
import { decodeSegment, isBadFile, isMissingFile } from '../cloud/vault-reader.js';
import { inParallel } from '../run/in-parallel.js';
import { type Run } from '../run/run.js';
import { skip, warn } from '../run/tally.js';

/** A segment to be read, with what is needed to find and check it. */
export interface SegmentTarget {
  readonly vault: CatalogVault;
  readonly manifest: Manifest;
  readonly segment: ManifestSegment;
}

/** A segment that was read, or the error that prevented it. */
export type SegmentResult =
  | { readonly target: SegmentTarget; readonly content: ChatVault }
  | { readonly target: SegmentTarget; readonly error: Error };

/** Bytes between two wanted segments that are cheaper to read than another request. */
const MAX_GAP = 32 * 1024;
const MAX_RANGE = 4 * 1024 * 1024;

/** Reads segments by as few byte ranges as is sensible; bad and missing files are reported and given back as errors, other failures reject. */
export async function readSegments(
  run: Run,
  targets: readonly SegmentTarget[],
): Promise<readonly SegmentResult[]> {
  const results: SegmentResult[] = [];
  await visitSegments(run, targets, async (result) => void results.push(result));
  return results;
}

/** Reads segments likewise and hands them over one by one, in no order; waits for `visit` before it decodes the next one of the same range. The progress of what `isAnnounced` is expected already. */
export async function visitSegments(
  run: Run,
  targets: readonly SegmentTarget[],
  visit: (result: SegmentResult) => Promise<void>,
  { isAnnounced = false }: { readonly isAnnounced?: boolean } = {},
): Promise<void> {
  const ranges = coalesce(targets);
  if (!isAnnounced)
    run.progress.expect(
      ranges.length,
      ranges.reduce((sum, range) => sum + range.length, 0),
    );
  await inParallel(ranges, run.options.maxInFlight, (range) => visitRange(run, range, visit));
}

/** Reports a vault file that could not be used. */
export function reportUnreadable(run: Run, vault: CatalogVault, error: Error): void {
  const isMissing = isMissingFile(error);
  const isNewer = isBadFile(error) && error.code === 'upgrade-required';
  skip(
    run.tally,
    vault.path,
    isMissing ? 'missing' : isBadFile(error) ? error.code : error.message,
  );
  warn(run.tally, {
    code: isMissing ? 'missing-file' : isNewer ? 'upgrade-required' : 'damaged-file',
    message: error.message,
    subject: vault.vaultId,
  });
  run.tally.isIncomplete = true;
  if (isMissing) run.tally.missingIds.add(vault.vaultId);
}

interface SegmentRange {
  readonly targets: readonly SegmentTarget[];
  readonly offset: number;
  readonly length: number;
}

function coalesce(targets: readonly SegmentTarget[]): readonly SegmentRange[] {
  const sorted = [...targets].sort(
    (a, b) =>
      (a.vault.path < b.vault.path ? -1 : a.vault.path > b.vault.path ? 1 : 0) ||
      a.segment.offset - b.segment.offset,
  );
  const ranges: { targets: SegmentTarget[]; offset: number; length: number }[] = [];
  for (const target of sorted) {
    const { offset, length } = target.segment;
    const range = ranges.at(-1);
    const isNear =
      range !== undefined &&
      range.targets[0]?.vault.path === target.vault.path &&
      offset - (range.offset + range.length) <= MAX_GAP &&
      offset + length - range.offset <= MAX_RANGE;
    if (isNear) {
      range.targets.push(target);
      range.length = offset + length - range.offset;
    } else ranges.push({ targets: [target], offset, length });
  }
  return ranges;
}

async function visitRange(
  run: Run,
  range: SegmentRange,
  visit: (result: SegmentResult) => Promise<void>,
): Promise<void> {
  const [first] = range.targets;
  if (first === undefined) return;
  const { offset, length } = range;
  const bytes = await readVaultBytes(run, first.vault, { offset, length });
  for (const target of range.targets) {
    if (bytes instanceof Error) {
      await visit({ target, error: bytes });
      continue;
    }
    const start = target.segment.offset - offset;
    const end = start + target.segment.length;
    await visit(await openSegment(run, target, bytes.subarray(start, end)));
    await run.env.yield();
  }
}

async function readVaultBytes(
  run: Run,
  vault: CatalogVault,
  range: { readonly offset: number; readonly length: number },
): Promise<Uint8Array | Error> {
  try {
    return await run.cloud.read(vault.path, { range });
  } catch (error) {
    if (!isMissingFile(error)) throw error;
    reportUnreadable(run, vault, error);
    return error;
  }
}

async function openSegment(
  run: Run,
  target: SegmentTarget,
  bytes: Uint8Array,
): Promise<SegmentResult> {
  const { vault, manifest, segment } = target;
  try {
    if (bytes.length !== segment.length || (await sha256Hex(bytes)) !== segment.sha256)
      throw new FormatError(
        'digest-mismatch',
        `vault-engine: a segment of "${vault.path}" was altered`,
      );
    const content = await decodeSegment(
      run,
      { path: vault.path, partition: manifest.partition },
      bytes,
    );
    return { target, content };
  } catch (error) {
    if (!isBadFile(error)) throw error;
    reportUnreadable(run, vault, error);
    return { target, error };
  }
}
