import { type SyncProgress } from '@chat-vault/vault-engine';
import { formatBytes, formatCount } from '../ui/time-format';

const PHASES: Readonly<Record<SyncProgress['phase'], string>> = {
  listing: 'Looking what is new',
  restoring: 'Fetching changes',
  hydrating: 'Fetching recent messages',
  'backing-up': 'Saving to the cloud',
  compacting: 'Tidying up the cloud',
  collecting: 'Removing what is no longer needed',
  verifying: 'Checking every file',
  repairing: 'Repairing',
  done: 'Done',
  failed: 'It did not work',
  aborted: 'Stopped',
};

/** What a run is doing, for people: `Saving to the cloud: 3 of 12 files, 1.2 MB`. */
export function progressText(progress: SyncProgress | null): string {
  if (progress === null) return 'Starting…';
  const { phase, filesDone, filesTotal, bytesDone } = progress;
  const files =
    filesTotal > 0 ? `${formatCount(filesDone)} of ${formatCount(filesTotal)} files` : '';
  const bytes = bytesDone > 0 ? formatBytes(bytesDone) : '';
  const details = [files, bytes].filter((detail) => detail !== '').join(', ');
  return details === '' ? PHASES[phase] : `${PHASES[phase]}: ${details}`;
}
