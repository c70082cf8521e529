import { Component, signal } from '@angular/core';
import { TestBed } from '@angular/core/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import { Composer, type Editing } from './composer';

@Component({
  selector: 'cv-host',
  imports: [Composer],
  template: `<cv-composer
    [editing]="editing()"
    [draft]="draft()"
    (written)="written.push($event)"
    (drafted)="draft.set($event)"
    (cancelled)="editing.set(null)"
    (lastWanted)="wanted = wanted + 1"
  />`,
})
class Host {
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
    expect(host.draft()).toBe('');
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
});
