import { type RestoreReport } from '@chat-vault/vault-engine';
import { describe, expect, it } from 'vitest';
import { addReports } from './results';

const report = (providerId: string, messagesNew: number, incomplete: boolean): RestoreReport => ({
  providerId,
  requests: 2,
  bytesUp: 0,
  bytesDown: 10,
  filesWritten: 0,
  filesRead: 1,
  filesRemoved: 0,
  skipped: [{ path: `${providerId}/x`, reason: 'damaged' }],
  warnings: [],
  durationMs: 5,
  messagesNew,
  messagesUpdated: 0,
  messagesDeleted: 0,
  incomplete,
});

describe('addReports', () => {
  it('adds numbers, joins lists and is incomplete when one is', () => {
    expect(addReports([report('a', 3, false), report('b', 4, true)])).toEqual({
      ...report('a, b', 7, true),
      requests: 4,
      bytesDown: 20,
      filesRead: 2,
      durationMs: 10,
      skipped: [
        { path: 'a/x', reason: 'damaged' },
        { path: 'b/x', reason: 'damaged' },
      ],
    });
  });

  it('gives a single one back', () => {
    const single = report('a', 3, false);
    expect(addReports([single])).toBe(single);
  });
});
