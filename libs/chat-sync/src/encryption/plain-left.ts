/** What lies in a cloud and is not encrypted. */
export interface PlainCount {
  readonly files: number;
  readonly bytes: number;
}

/**
 * What was counted of these connected clouds, by provider. Nothing found is `null` before each of them was looked at: it is not known to be nothing.
 */
export function plainLeft(
  counts: ReadonlyMap<string, PlainCount>,
  connected: readonly string[],
): { readonly plainFiles: number | null; readonly plainBytes: number | null } {
  const found = [...counts.values()];
  const plainFiles = found.reduce((sum, { files }) => sum + files, 0);
  const isKnown = found.length > 0 && connected.every((id) => counts.has(id));
  if (plainFiles === 0 && !isKnown) return { plainFiles: null, plainBytes: null };
  return { plainFiles, plainBytes: found.reduce((sum, { bytes }) => sum + bytes, 0) };
}
