import { parsePath } from '@chat-vault/core/format';

/** The id in the path of a delta, whatever its base folder; empty for any other path. */
export function deltaIdOf(path: string): string {
  const parsed = parsePath('', path.slice(Math.max(0, path.lastIndexOf('deltas/'))));
  return parsed?.kind === 'delta' ? parsed.vaultId : '';
}
