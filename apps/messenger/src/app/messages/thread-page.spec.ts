import { TestBed } from '@angular/core/testing';
import { describe, expect, it, vi } from 'vitest';
import { type AppHarness, openApp } from '../testing/app-harness';
import { Drafts } from './drafts';
import { MessageActions } from './message-actions';

const CLUB = 'urn:chat:own:Club';
const boxOf = (app: AppHarness) => app.get('composer') as HTMLTextAreaElement;

/** A conversation in which "Hello" is being sent, until that is ended. */
async function openSending() {
  const app = await openApp(`/c/${CLUB}`);
  let resolve: () => void = () => undefined;
  let reject: (why: Error) => void = () => undefined;
  const promise = new Promise<void>((...ways) => {
    [resolve, reject] = ways;
  });
  vi.spyOn(TestBed.inject(MessageActions), 'send').mockReturnValueOnce(promise);
  boxOf(app).focus();
  await app.type('composer', 'Hello ');
  await app.press('composer', 'Enter');
  const end = async (how: () => void) => {
    how();
    await promise.catch(() => undefined);
    await app.settle();
  };
  return {
    app,
    drafts: TestBed.inject(Drafts),
    send: () => end(resolve),
    fail: () => end(() => reject(new Error('full'))),
  };
}

describe('ThreadPage', () => {
  it('keeps the draft until the message is kept', async () => {
    const { app, drafts, send } = await openSending();
    expect(boxOf(app).value).toBe('');
    expect(drafts.of(CLUB)).toBe('Hello ');
    await send();
    expect(drafts.of(CLUB)).toBe('');
    expect(boxOf(app).value).toBe('');
  });

  it('leaves what was begun while the message was sent', async () => {
    const { app, drafts, send } = await openSending();
    await app.type('composer', 'And');
    await send();
    expect([boxOf(app).value, drafts.of(CLUB)]).toEqual(['And', 'And']);
  });

  it('puts what could not be sent back into the box, before what was begun meanwhile', async () => {
    const failed = await openSending();
    await failed.fail();
    expect([boxOf(failed.app).value, failed.drafts.of(CLUB)]).toEqual(['Hello', 'Hello']);
    expect(failed.app.find('toast')).not.toBeNull();
    TestBed.resetTestingModule();
    const { app, drafts, fail } = await openSending();
    await app.type('composer', 'And');
    await fail();
    expect([boxOf(app).value, drafts.of(CLUB)]).toEqual(['Hello\nAnd', 'Hello\nAnd']);
  });
});
