import { type ChatVault } from '@chat-vault/core';
import {
  type CatalogVault,
  isSealedExtension,
  type Manifest,
  parsePath,
} from '@chat-vault/core/format';
import { decodeSegment, isBadFile } from '../cloud/vault-reader.js';
import { RangeCache } from '../compaction/range-cache.js';
import { type Run } from '../run/run.js';

/** What can still be read of a vault file. */
export interface VaultParts {
  /** Each opens one segment, as often as is needed, in the order of the file. */
  readonly segments: readonly (() => Promise<ChatVault>)[];
  /** Whether that is all the file is to hold. */
  readonly areAll: boolean;
}

/**
 * The segments that have the digests of the manifest. `null` when one has its digest and cannot be read all the same: it is as it was written (by a newer version,
 * or sealed), so what the file is worth is not for this device to say.
 */
export async function partsByManifest(
  run: Run,
  vault: Pick<CatalogVault, 'vaultId' | 'path'>,
  manifest: Manifest,
): Promise<VaultParts | null> {
  const cache = new RangeCache(run);
  const segments: (() => Promise<ChatVault>)[] = [];
  run.progress.expect(0, manifest.byteLength);
  for (const segment of manifest.segments) {
    const open = () => cache.open({ vault, manifest, segment });
    try {
      await open();
      segments.push(open);
    } catch (error) {
      if (!isBadFile(error)) throw error;
      if (error.code !== 'digest-mismatch') return null;
    }
    await run.env.yield();
  }
  return { segments, areAll: segments.length === manifest.segments.length };
}

/** A beginning of a segment is tried with the next so many: more false beginnings do not lie within one. */
const MAX_FALSE_STARTS = 8;

/**
 * The segments that decode, without a manifest. They follow each other without a table: plain ones end with a line break, gzip ones begin with the same three bytes, sealed ones with four.
 * A beginning that turns out to lie within a segment does not decode, so the piece is tried again up to the next. `null` when the file is not for this device to
 * judge: its encoding is another one, or a newer version wrote it.
 */
export async function partsBySplitting(
  run: Run,
  vault: { readonly path: string; readonly partition: string },
  bytes: Uint8Array,
): Promise<VaultParts | null> {
  const starts = startsOf(run, vault.path, bytes);
  if (starts === null) return null;
  const edges = [...starts, bytes.length];
  const segments: (() => Promise<ChatVault>)[] = [];
  let areAll = edges[0] === 0 && bytes.length > 0;
  for (let at = 0; at < starts.length;) {
    const pieces = edges
      .slice(at + 1, at + 1 + MAX_FALSE_STARTS)
      .map((edge) => bytes.subarray(edges[at], edge));
    const found = await firstSegment(run, vault, pieces);
    if (found === 'newer') return null;
    const piece = found === null ? undefined : pieces[found];
    if (piece) segments.push(() => decodeSegment(run, vault, piece));
    else areAll = false;
    at += (found ?? 0) + 1;
    await run.env.yield();
  }
  return { segments, areAll };
}

/** Index of the first piece that is a whole segment. */
async function firstSegment(
  run: Run,
  vault: { readonly path: string; readonly partition: string },
  pieces: readonly Uint8Array[],
): Promise<number | null | 'newer'> {
  for (const [index, piece] of pieces.entries())
    try {
      await decodeSegment(run, vault, piece);
      return index;
    } catch (error) {
      if (!isBadFile(error)) throw error;
      if (error.code === 'upgrade-required' || error.code === 'unknown-key') return 'newer';
    }
  return null;
}

/** Where segments may begin; `null` for an encoding that cannot be split. */
function startsOf(run: Run, path: string, bytes: Uint8Array): readonly number[] | null {
  const parsed = parsePath(run.basePath, path);
  if (parsed?.kind !== 'vault') return null;
  if (isSealedExtension(parsed.extension)) return sealedStarts(bytes);
  if (parsed.extension === 'json.gz') return gzipStarts(bytes);
  return parsed.extension === 'json' ? lineStarts(bytes) : null;
}

function gzipStarts(bytes: Uint8Array): readonly number[] {
  const starts: number[] = [];
  for (let at = bytes.indexOf(0x1f); at >= 0; at = bytes.indexOf(0x1f, at + 1))
    if (bytes[at + 1] === 0x8b && bytes[at + 2] === 0x08) starts.push(at);
  return starts;
}

const SEALED = [0x43, 0x56, 0x45, 0x31];

/** Where `CVE1` stands (docs/vault-format.md, "Encryption"). */
function sealedStarts(bytes: Uint8Array): readonly number[] {
  const starts: number[] = [];
  for (let at = bytes.indexOf(0x43); at >= 0; at = bytes.indexOf(0x43, at + 1))
    if (SEALED.every((byte, index) => bytes[at + index] === byte)) starts.push(at);
  return starts;
}

function lineStarts(bytes: Uint8Array): readonly number[] {
  const starts = [0];
  for (let at = bytes.indexOf(0x0a); at >= 0; at = bytes.indexOf(0x0a, at + 1))
    if (at + 1 < bytes.length) starts.push(at + 1);
  return starts;
}
