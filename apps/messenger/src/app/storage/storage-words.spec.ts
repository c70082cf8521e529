import { CloudError } from '@chat-vault/cloud-storage';
import {
  type InventoryMonth,
  type VaultInventory,
  type VerifyReport,
} from '@chat-vault/vault-engine';
import { describe, expect, it } from 'vitest';
import { problemText } from '../ui/problem-text';
import { formatBytes } from '../ui/time-format';
import { resolveUrl } from './cloud-settings';
import { monthLines } from './month-lines';
import { progressText } from './progress-text';
import { verifyFindings } from './verify-findings';

const month = (fields: Partial<InventoryMonth>): InventoryMonth => ({
  month: '2024-01',
  messagesInCloud: 10,
  bytesInCloud: 700,
  vaults: 1,
  messagesHere: 10,
  complete: true,
  ...fields,
});
const inventory = (months: readonly InventoryMonth[]): VaultInventory => ({
  providerId: 'webdav',
  months,
  unfoldedDeltas: 1,
  catalogGeneration: 1,
  conversations: 1,
  pending: 0,
  plainFiles: 0,
  plainBytes: 0,
});
const here = (month: string, messageCount: number) => ({ month, messageCount });

describe('monthLines', () => {
  it.each([
    ['both', [month({})], [here('2024-01', 10)], []],
    ['partly-here', [month({ complete: false })], [here('2024-01', 4)], []],
    ['cloud-only', [month({ complete: false, messagesHere: 0 })], [], []],
    ['changed', [month({})], [here('2024-01', 10)], ['2024-01']],
    ['device-only', [], [here('2024-01', 3)], ['2024-01']],
    ['both', [], [here('2024-01', 3)], []],
  ])('says %s', (place, months, local, pendingMonths) => {
    const lines = monthLines({ here: local, inventory: inventory(months), pendingMonths });
    expect(lines).toMatchObject([{ month: '2024-01', place }]);
  });

  it('knows nothing of a cloud that was not looked at', () => {
    const lines = monthLines({ here: [here('2024-01', 3)], inventory: null, pendingMonths: [] });
    expect(lines).toMatchObject([{ place: 'device-only', inCloud: null }]);
  });

  it('puts the newest month first', () => {
    const lines = monthLines({
      here: [here('2023-12', 1), here('2024-03', 1)],
      inventory: inventory([month({})]),
      pendingMonths: [],
    });
    expect(lines.map((line) => line.month)).toEqual(['2024-03', '2024-01', '2023-12']);
  });
});

describe('progressText', () => {
  it('says what is done, and how much', () => {
    const counts = { filesDone: 3, filesTotal: 12, bytesDone: 1_234_567, bytesTotal: 0 };
    expect(progressText({ phase: 'backing-up', ...counts })).toBe(
      'Saving to the cloud: 3 of 12 files, 1.2 MB',
    );
    expect(progressText(null)).toBe('Starting…');
  });
});

describe('verifyFindings', () => {
  it('offers to mend what can be mended', () => {
    const lists = { damaged: ['a'], missing: [], unnamed: [], unsealed: [], foreign: ['b', 'c'] };
    const abandoned = ['d'];
    const report = {
      ...lists,
      abandoned,
      missingRecords: 0,
      missingLocally: 0,
    } as unknown as VerifyReport;
    expect(verifyFindings(report)).toEqual([
      { text: '1 damaged: a', isMendable: true },
      { text: '1 left by uploads that broke off: d', isMendable: false },
      { text: '2 of other programs, left alone: b, c', isMendable: false },
    ]);
  });
});

describe('problemText', () => {
  it('says what to do about an error with a code, and shows any other as it is', () => {
    const wrong = problemText(new CloudError('unauthorized', 'webdav: 401'));
    expect(wrong.heading).toContain('password');
    expect(problemText(new Error('The server answers 500.')).advice).toBe(
      'The server answers 500.',
    );
  });
});

describe('resolveUrl', () => {
  it.each([
    ['/dav/', 'https://a.b/dav/'],
    ['dav', 'https://a.b/c/dav/'],
    [' https://x.y/z ', 'https://x.y/z/'],
    ['http://', 'http://'],
  ])('reads %j', (url, full) => expect(resolveUrl(url, 'https://a.b/c/')).toBe(full));
});

describe('formatBytes', () => {
  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [1_000, '1 KB'],
    [12_345, '12.3 KB'],
    [123_456_789, '123 MB'],
  ])('writes %i', (bytes, text) => expect(formatBytes(bytes)).toBe(text));
});
