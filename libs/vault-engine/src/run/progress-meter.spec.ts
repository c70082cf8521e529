import { describe, expect, it } from 'vitest';
import { type SyncProgress } from '../reports/reports.js';
import { ProgressMeter } from './progress-meter.js';

describe('ProgressMeter', () => {
  it('raises the totals when more is done than was announced', () => {
    const seen: SyncProgress[] = [];
    const meter = new ProgressMeter((one) => void seen.push(one));
    meter.expect(1, 10);
    meter.done(3, 25);
    expect(seen.at(-1)).toMatchObject({
      filesDone: 3,
      filesTotal: 3,
      bytesDone: 25,
      bytesTotal: 25,
    });
  });

  it('ends whole when it went well, as far as it came when not, and tells nothing after', () => {
    for (const phase of ['done', 'failed', 'aborted'] as const) {
      const seen: SyncProgress[] = [];
      const meter = new ProgressMeter((one) => void seen.push(one));
      meter.expect(4, 40);
      meter.done(1, 10);
      meter.end(phase);
      meter.done(1, 10);
      meter.enter('restoring');
      const filesDone = phase === 'done' ? 4 : 1;
      expect(seen.at(-1)).toEqual({
        phase,
        filesDone,
        filesTotal: 4,
        bytesDone: filesDone * 10,
        bytesTotal: 40,
      });
    }
  });
});
