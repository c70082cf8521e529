import { Component, input, signal } from '@angular/core';
import { type WritingBar } from './live-conversations';
import { SignInDialog } from './sign-in-dialog';

/** In the place of the composer where nothing can be written: why, and what to do. */
@Component({
  selector: 'cv-writing-bar',
  imports: [SignInDialog],
  template: `
    <div class="bar" data-testid="writing-bar">
      @if (reason() === 'signed-out') {
        <span>Sign in to write here.</span>
        <button type="button" class="button" (click)="isSigningIn.set(true)">Sign in</button>
      } @else {
        <span>You are not in this conversation any more. What you have of it stays.</span>
      }
    </div>
    @if (isSigningIn()) {
      <cv-sign-in-dialog (dismissed)="isSigningIn.set(false)" />
    }
  `,
  styles: `
    .bar {
      display: flex;
      align-items: center;
      justify-content: center;
      gap: var(--space-3);
      min-height: 64px;
      padding: var(--space-3) var(--space-4);
      border-top: 1px solid var(--line);
      color: var(--muted);
      text-align: center;
    }
    cv-sign-in-dialog {
      display: contents;
    }
  `,
})
export class WritingBarView {
  readonly reason = input.required<WritingBar>();
  protected readonly isSigningIn = signal(false);
}
