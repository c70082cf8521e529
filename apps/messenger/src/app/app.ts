import { Component, DestroyRef, computed, inject, signal } from '@angular/core';
import { toSignal } from '@angular/core/rxjs-interop';
import { NavigationEnd, Router, RouterLink, RouterOutlet } from '@angular/router';
import { ChatSyncService } from '@chat-vault/chat-sync';
import { filter, map } from 'rxjs';
import { ConversationList } from './conversations/conversation-list';
import { Conversations } from './conversations/conversations';
import { NewConversation } from './conversations/new-conversation';
import { DeviceProfile } from './device/device-profile';
import { Preferences, type Theme } from './device/preferences';
import { EncryptionNotice } from './encryption/encryption-notice';
import { DropZone } from './import/drop-zone';
import { ImportRequests } from './import/import-requests';
import { ImportDialog } from './import/import-dialog';
import { LiveAccount } from './live/live-account';
import { LiveBar } from './live/live-bar';
import { SyncButton } from './storage/sync-button';
import { ConfirmDialog } from './ui/confirm';
import { Icon, type IconName } from './ui/icon';
import { problemText } from './ui/problem-text';
import { ToastList } from './ui/toasts';

const THEME_ICONS: Readonly<Record<Theme, IconName>> = {
  system: 'auto',
  light: 'sun',
  dark: 'moon',
};
const NEXT_THEME: Readonly<Record<Theme, Theme>> = {
  system: 'light',
  light: 'dark',
  dark: 'system',
};

/** The frame: the list of conversations beside the open page, or on phones one of the two. */
@Component({
  selector: 'cv-root',
  imports: [
    ConfirmDialog,
    ConversationList,
    DropZone,
    EncryptionNotice,
    Icon,
    ImportDialog,
    LiveBar,
    NewConversation,
    RouterLink,
    RouterOutlet,
    SyncButton,
    ToastList,
  ],
  templateUrl: './app.html',
  styleUrl: './app.css',
  host: { '[attr.data-screen]': 'screen()' },
})
export class App {
  readonly #router = inject(Router);
  protected readonly conversations = inject(Conversations);
  protected readonly imports = inject(ImportRequests);
  protected readonly preferences = inject(Preferences);
  protected readonly device = inject(DeviceProfile);
  protected readonly live = inject(LiveAccount);

  readonly #path = toSignal(
    this.#router.events.pipe(
      filter((event) => event instanceof NavigationEnd),
      map(({ urlAfterRedirects }) => urlAfterRedirects),
    ),
    { initialValue: this.#router.url },
  );
  protected readonly openUrn = computed(() => {
    const segments = this.#router.parseUrl(this.#path()).root.children['primary']?.segments ?? [];
    return segments[0]?.path === 'c' ? (segments[1]?.path ?? null) : null;
  });
  /** Which of the two panes a phone shows. */
  protected readonly screen = computed(() => {
    const isHome = /^\/?(?:\?.*)?$/.test(this.#path());
    const hasList = this.conversations.summaries().length > 0 || this.live.userId() !== null;
    return isHome && (hasList || this.conversations.problem() !== null) ? 'list' : 'page';
  });
  protected readonly isStorageOpen = computed(() => /^\/storage(?:[?#]|$)/.test(this.#path()));
  readonly #encryption = inject(ChatSyncService).encryption;
  protected readonly isLocked = computed(() => this.#encryption().state === 'locked');
  /** Whether this person has to do with encryption: others load nothing of it. */
  protected readonly isEncrypting = computed(
    () => !['off', 'turning-on'].includes(this.#encryption().state),
  );
  protected readonly problem = computed(() => {
    const error = this.conversations.problem();
    return error === null ? null : problemText(error);
  });
  /** `null` while no conversation is being started. */
  protected readonly newConversation = signal<{ readonly suggestion: string } | null>(null);
  protected readonly themeIcon = computed(() => THEME_ICONS[this.preferences.theme()]);
  protected readonly themeLabel = computed(() => `Colours: ${this.preferences.theme()}`);

  constructor() {
    inject(DestroyRef).onDestroy(() => this.imports.close());
  }

  protected changeTheme(): void {
    this.preferences.chooseTheme(NEXT_THEME[this.preferences.theme()]);
  }

  protected async openConversation(urn: string): Promise<void> {
    this.newConversation.set(null);
    await this.#router.navigate(['/c', urn]);
  }
}
