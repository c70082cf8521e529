import { type ChatVault, FormatError } from '@chat-vault/core';
import { decodeSegment, isBadFile, isMissingFile } from '../cloud/vault-reader.js';
import { writeRun } from '../commit/run-writer.js';
import { checkProducts, ProductMismatch } from '../compaction/check-products.js';
import { groupByKey, type KeyGroup } from '../compaction/key-groups.js';
import { readBackRun } from '../compaction/read-back.js';
import { type Run } from '../run/run.js';
import { skip, warn } from '../run/tally.js';
import { type PlanProduct } from '../state/stored-plan.js';

/** Reads a vault whose manifest is lost, segment by segment, writes what it holds as a new run and checks that; nothing when it holds nothing readable. */
export async function rewriteVault(
  run: Run,
  partition: string,
  path: string,
): Promise<readonly PlanProduct[]> {
  try {
    const bytes = await run.cloud.read(path);
    const segments = await splitSegments(run, { path, partition }, bytes);
    const products = await writeRun(run, { partition }, groupsOf(segments));
    await checkProducts(groupsOf(segments), readBackRun(run, partition, products), () => false);
    return products;
  } catch (error) {
    const isRefused = error instanceof ProductMismatch;
    if (!isRefused && !isBadFile(error) && !isMissingFile(error)) throw error;
    skip(run.tally, path, isRefused ? 'malformed' : error.code);
    warn(run.tally, { code: 'damaged-file', message: error.message, subject: path });
    return [];
  }
}

async function* groupsOf(segments: readonly ChatVault[]): AsyncGenerator<readonly KeyGroup[]> {
  for (const segment of segments) yield groupByKey(segment);
}

/**
 * Segments follow each other without a table: plain ones end with a line break, gzip ones begin with the same three bytes. A beginning that turns out to lie within a
 * segment does not decode, so the piece is tried again up to the next.
 */
async function splitSegments(
  run: Run,
  vault: { readonly path: string; readonly partition: string },
  bytes: Uint8Array,
): Promise<readonly ChatVault[]> {
  const starts = vault.path.endsWith('.json') ? lineStarts(bytes) : gzipStarts(bytes);
  const ends = [...starts.slice(1), bytes.length];
  const segments: ChatVault[] = [];
  let at = 0;
  while (at < starts.length) {
    let next = at;
    let segment: ChatVault | undefined;
    for (; segment === undefined && next < ends.length; next++)
      segment = await tryDecode(run, vault, bytes.subarray(starts[at], ends[next]));
    if (segment === undefined)
      throw new FormatError(
        'malformed',
        `vault-engine: "${vault.path}" ends in the middle of a segment`,
      );
    segments.push(segment);
    at = next;
  }
  return segments;
}

async function tryDecode(
  run: Run,
  vault: { readonly path: string; readonly partition: string },
  bytes: Uint8Array,
): Promise<ChatVault | undefined> {
  try {
    return await decodeSegment(run, vault, bytes);
  } catch (error) {
    if (isBadFile(error)) return undefined;
    throw error;
  }
}

function gzipStarts(bytes: Uint8Array): readonly number[] {
  const starts: number[] = [];
  for (let at = bytes.indexOf(0x1f); at >= 0; at = bytes.indexOf(0x1f, at + 1))
    if (bytes[at + 1] === 0x8b && bytes[at + 2] === 0x08) starts.push(at);
  return starts;
}

function lineStarts(bytes: Uint8Array): readonly number[] {
  const starts = [0];
  for (let at = bytes.indexOf(0x0a); at >= 0; at = bytes.indexOf(0x0a, at + 1))
    if (at + 1 < bytes.length) starts.push(at + 1);
  return starts;
}
