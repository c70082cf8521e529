import { Component, signal } from '@angular/core';
import { TestBed } from '@angular/core/testing';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { Composer, type Editing } from './composer';

@Component({
  selector: 'cv-host',
  imports: [Composer],
  template: `<cv-composer
    [conversationUrn]="urn()"
    [editing]="editing()"
    [draft]="draft()"
    (written)="written.push($event)"
    (drafted)="draft.set($event)"
    (cancelled)="editing.set(null)"
    (lastWanted)="wanted = wanted + 1"
  />`,
})
class Host {
  readonly urn = signal('a');
  readonly editing = signal<Editing | null>(null);
  readonly draft = signal('');
  readonly written: string[] = [];
  wanted = 0;
}

describe('Composer', () => {
  let host: Host;
  let box: HTMLTextAreaElement;
  let settle: () => Promise<unknown>;

  beforeEach(async () => {
    const fixture = TestBed.createComponent(Host);
    document.body.append(fixture.nativeElement as HTMLElement);
    settle = () => fixture.whenStable();
    await settle();
    host = fixture.componentInstance;
    box = (fixture.nativeElement as HTMLElement).querySelector('textarea') as HTMLTextAreaElement;
  });

  const type = async (text: string) => {
    box.value = text;
    box.dispatchEvent(new Event('input'));
    await settle();
  };
  const press = async (key: string, options: KeyboardEventInit = {}) => {
    box.dispatchEvent(
      new KeyboardEvent('keydown', { key, cancelable: true, bubbles: true, ...options }),
    );
    await settle();
  };

  it('sends with Enter and empties the box', async () => {
    await type('  hello\n ');
    await press('Enter');
    expect(host.written).toEqual(['hello']);
    expect(box.value).toBe('');
    expect(host.draft()).toBe('  hello\n ');
    host.draft.set('');
    await settle();
    expect(box.value).toBe('');
  });

  it('does not send with Shift and Enter, while composing, or when there is nothing', async () => {
    await press('Enter');
    await type('hello');
    await press('Enter', { shiftKey: true });
    await press('Enter', { isComposing: true });
    expect(host.written).toEqual([]);
  });

  it('keeps what is begun as a draft, also while another message is edited', async () => {
    await type('half a');
    host.editing.set({ key: 'k', text: 'old' });
    await settle();
    expect(box.value).toBe('old');
    await type('new');
    await press('Escape');
    expect(host.editing()).toBeNull();
    expect(box.value).toBe('half a');
  });

  it('asks for the last message with the arrow key in an empty box only', async () => {
    await press('ArrowUp');
    await type('x');
    await press('ArrowUp');
    expect(host.wanted).toBe(1);
  });

  describe('with a draft from elsewhere', () => {
    const focus = async () => {
      box.focus();
      await settle();
    };
    const blur = async () => {
      box.blur();
      await settle();
    };
    const receive = async (draft: string) => {
      host.draft.set(draft);
      await settle();
    };

    it('shows it while nobody types', async () => {
      await receive('from the phone');
      expect(box.value).toBe('from the phone');
      await receive('');
      expect(box.value).toBe('');
    });

    it('leaves what is being typed as it is, until the box is left', async () => {
      await focus();
      await type('half a');
      await receive('from the phone');
      expect(box.value).toBe('half a');
      await receive('');
      expect(box.value).toBe('half a');
      await receive('from the phone again');
      await blur();
      expect(box.value).toBe('from the phone again');
    });

    it('leaves an empty box that has the focus alone, too', async () => {
      await focus();
      await receive('from the phone');
      expect(box.value).toBe('');
      await type('mine');
      expect(host.draft()).toBe('mine');
    });

    it('takes it over in a window that is not looked at', async () => {
      await focus();
      await type('half a');
      const hasFocus = vi.spyOn(document, 'hasFocus').mockReturnValue(false);
      window.dispatchEvent(new Event('blur'));
      await receive('typed on in another window');
      expect(box.value).toBe('typed on in another window');
      hasFocus.mockRestore();
      window.dispatchEvent(new Event('focus'));
      await receive('too late');
      expect(box.value).toBe('typed on in another window');
    });

    it('is that of the conversation, also when another one is opened while typing', async () => {
      await focus();
      await type('for the first');
      host.urn.set('b');
      await receive('for the second');
      expect(box.value).toBe('for the second');
    });

    it('does not touch a message that is being edited', async () => {
      host.editing.set({ key: 'k', text: 'old' });
      await settle();
      await type('new');
      await blur();
      await receive('from the phone');
      expect(box.value).toBe('new');
      host.editing.set(null);
      await settle();
      expect(box.value).toBe('from the phone');
    });
  });
});
