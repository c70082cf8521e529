import { TestBed } from '@angular/core/testing';
import { describe, expect, it } from 'vitest';
import { Preferences } from '../device/preferences';
import { type AppHarness, openApp } from '../testing/app-harness';
import { ImportRequests } from './import-requests';
import { fixture, sourceOf } from './testing/import-text';

const textOf = (element: HTMLElement) => element.textContent.replace(/\s+/g, ' ').trim();

/** Importing reads a file, which takes as long as it takes. */
const PATIENCE = { timeout: 20_000 };

/** The dialog is loaded on demand and reads files: it ends in one of these. */
const ENDS = ['import-start', 'import-done', 'import-failed'];
const settleImport = async (app: AppHarness) => {
  await expect.poll(() => ENDS.some((testId) => app.find(testId) !== null), PATIENCE).toBe(true);
  await app.settle();
};

describe('ImportDialog', () => {
  it('asks what the file does not say, imports and opens the conversation', async () => {
    const app = await openApp();
    const source = fixture('whatsapp/android-d-m-yy-24h-edgecases.chatistics.txt');
    TestBed.inject(ImportRequests).open(source);
    await settleImport(app);
    expect((app.get('import-start') as HTMLButtonElement).disabled).toBe(true);
    expect(textOf(app.get('date-order'))).toContain('2/11/19 = 2019-02-11');
    await app.type('import-name', 'Club');
    app.get('month-first').dispatchEvent(new Event('change'));
    await app.settle();
    app.get('import-start').click();
    await expect.poll(() => app.find('import-done') !== null, PATIENCE).toBe(true);
    expect(textOf(app.get('import-added'))).toBe('9');
    await app.click('import-open');
    expect(textOf(app.get('thread-title'))).toBe('Club');
    expect(app.all('message')).not.toHaveLength(0);
  });

  it('lets the person say who they are', async () => {
    const app = await openApp();
    TestBed.inject(ImportRequests).open(fixture('telegram/result.chatpack-cli.json'));
    await settleImport(app);
    app.get('import-start').click();
    await expect.poll(() => app.find('import-done') !== null, PATIENCE).toBe(true);
    const choice = app.get('import-self') as HTMLSelectElement;
    choice.value = 'Alice';
    choice.dispatchEvent(new Event('change'));
    expect(TestBed.inject(Preferences).ownSenderIds().has('Alice')).toBe(true);
  });

  it('shows the lines that could not be read', async () => {
    const app = await openApp();
    const good =
      '{"id":"a","conversation":"R","sender":"s","sentAt":"2024-01-01T00:00:00Z","text":"t"}';
    TestBed.inject(ImportRequests).open(sourceOf('x.ndjson', `${good}\n{"id":3}\nnonsense`));
    await settleImport(app);
    expect(textOf(app.get('bad-lines'))).toContain('2 lines could not be read');
    expect(textOf(app.get('bad-lines'))).toContain('Line 3 This line is not JSON.');
  });

  it('says why a file is no chat', async () => {
    const app = await openApp();
    TestBed.inject(ImportRequests).open(sourceOf('photo.jpg', '\u0000\u0001'));
    await settleImport(app);
    expect(textOf(app.get('import-failed'))).toContain('no chat export');
  });
});
