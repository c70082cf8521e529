import { type ListedFile } from './known-file.js';

/**
 * Of the files that are not known, those that are worth reading now. What a newer base or bundle may hold waits for it: it may turn out not to be
 * needed. Never empty when there are any.
 */
export function nextToRead(files: readonly ListedFile[]): readonly ListedFile[] {
  const byToken = new Map<string, ListedFile[]>();
  for (const file of files)
    if (file.kind !== 'change') byToken.set(file.token, [...(byToken.get(file.token) ?? []), file]);
  return files.filter(
    (file) => !(byToken.get(file.token) ?? []).some((other) => mayHold(other, file)),
  );
}

function mayHold(other: ListedFile, { kind, generation, prefix }: ListedFile): boolean {
  if (other.generation <= generation) return false;
  if (kind !== 'base') return true;
  const isRelated = other.prefix.startsWith(prefix) || prefix.startsWith(other.prefix);
  return other.kind === 'base' && isRelated;
}
