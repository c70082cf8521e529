import { Component, inject, signal } from '@angular/core';
import { Icon } from '../ui/icon';
import { LiveAccount } from './live-account';
import { SignInDialog } from './sign-in-dialog';

/** On the first page: the way to write to others, where the page offers it and nobody is signed in. */
@Component({
  selector: 'cv-live-way',
  imports: [Icon, SignInDialog],
  template: `
    @if (account.url() !== null && account.userId() === null) {
      <button type="button" data-testid="welcome-live" (click)="isOpen.set(true)">
        <cv-icon name="invite" [size]="24" />
        <strong>Write to others live</strong>
        <span>Sign in with a name; messages arrive while you look</span>
      </button>
    }
    @if (isOpen()) {
      <cv-sign-in-dialog (dismissed)="isOpen.set(false)" />
    }
  `,
  styles: `
    :host {
      display: contents;
      text-align: start;
    }
    cv-sign-in-dialog {
      display: contents;
    }
    button {
      display: grid;
      grid-template: 'icon title' auto 'icon text' 1fr / auto 1fr;
      column-gap: var(--space-3);
      align-items: center;
      width: 100%;
      padding: var(--space-4);
      border: 1px solid var(--line);
      border-radius: var(--radius);
      background: var(--surface);
      color: var(--text);
      text-align: start;
      cursor: pointer;
    }
    button:hover {
      border-color: var(--accent);
    }
    cv-icon {
      grid-area: icon;
      color: var(--accent);
    }
    span {
      font-size: var(--text-s);
      color: var(--muted);
    }
  `,
})
export class LiveWay {
  protected readonly account = inject(LiveAccount);
  protected readonly isOpen = signal(false);
}
