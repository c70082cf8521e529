import { Component, computed, inject, signal } from '@angular/core';
import { Router } from '@angular/router';
import { Connectivity, LiveSyncService } from '@chat-vault/chat-sync/live';
import { Avatar } from '../ui/avatar';
import { Confirm } from '../ui/confirm';
import { Icon } from '../ui/icon';
import { LiveAccount } from './live-account';
import { NewLiveConversation } from './new-live-conversation';
import { RefusedDialog } from './refused-dialog';
import { SignInDialog } from './sign-in-dialog';
import { StoriesRow } from './stories-row';

/** Under the heading of the list: who is signed in to live sync, how it stands, and the stories; or the way to sign in. */
@Component({
  selector: 'cv-live-bar',
  imports: [
    Avatar,
    Connectivity,
    Icon,
    NewLiveConversation,
    RefusedDialog,
    SignInDialog,
    StoriesRow,
  ],
  templateUrl: './live-bar.html',
  styleUrl: './live-bar.css',
})
export class LiveBar {
  readonly #router = inject(Router);
  readonly #confirm = inject(Confirm);
  protected readonly account = inject(LiveAccount);
  protected readonly live = inject(LiveSyncService);
  protected readonly dialog = signal<'sign-in' | 'new' | 'refused' | null>(null);
  protected readonly isExpired = computed(() => this.live.state() === 'auth-error');

  protected async open(urn: string): Promise<void> {
    this.dialog.set(null);
    await this.#router.navigate(['/c', urn]);
  }

  protected async signOut(): Promise<void> {
    const waiting = this.live.pending();
    const isConfirmed = await this.#confirm.ask({
      heading: 'Sign out?',
      text:
        waiting > 0
          ? 'Not everything is sent yet: it waits on this device until you sign in again.'
          : 'Your messages stay on this device. New ones come when you sign in again.',
      confirmLabel: 'Sign out',
    });
    if (isConfirmed) this.account.signOut();
  }
}
