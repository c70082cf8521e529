import { Component, DOCUMENT, computed, inject, signal } from '@angular/core';
import { ChatSyncService, type ProviderState } from '@chat-vault/chat-sync';
import { Icon, type IconName } from '../ui/icon';
import { problemText } from '../ui/problem-text';
import { Toasts } from '../ui/toasts';
import { PICKED_FOLDER, PRIVATE_FOLDER, WEB_DAV } from './providers';
import { WebDavForm } from './web-dav-form';

/** What is said of a cloud besides its name. */
interface CloudWords {
  readonly icon: IconName;
  readonly text: string;
}

const WORDS: Readonly<Record<string, CloudWords>> = {
  [WEB_DAV]: { icon: 'cloud', text: 'Nextcloud, ownCloud, a NAS or any WebDAV server' },
  [PRIVATE_FOLDER]: {
    icon: 'device',
    text: 'For trying things out: all devices in this browser share it',
  },
  [PICKED_FOLDER]: {
    icon: 'folder',
    text: 'For example one that another program carries to your devices',
  },
};

/** The clouds of the app: which are connected, and how to connect one. */
@Component({
  selector: 'cv-cloud-list',
  imports: [Icon, WebDavForm],
  templateUrl: './cloud-list.html',
  styleUrls: ['./card.css', './cloud-list.css'],
})
export class CloudList {
  readonly #sync = inject(ChatSyncService);
  readonly #toasts = inject(Toasts);
  readonly #window = inject(DOCUMENT).defaultView;
  protected readonly webDav = WEB_DAV;
  /** Clouds that this browser can connect. */
  protected readonly clouds = computed(() =>
    this.#sync.providers().filter(({ providerId }) => {
      const isPickable = this.#window !== null && 'showDirectoryPicker' in this.#window;
      return providerId !== PICKED_FOLDER || isPickable;
    }),
  );
  /** The cloud whose form is open, when the person opened or closed one. */
  readonly #chosen = signal<string | null>(null);
  protected readonly formOf = computed(() => {
    const isAnyConnected = this.clouds().some(({ isConnected }) => isConnected);
    return this.#chosen() ?? (isAnyConnected ? null : WEB_DAV);
  });

  protected words({ providerId }: ProviderState): CloudWords {
    return WORDS[providerId] ?? { icon: 'cloud', text: '' };
  }

  protected chooseForm(providerId: string | null): void {
    this.#chosen.set(providerId ?? '');
  }

  protected async connect({ providerId }: ProviderState): Promise<void> {
    const result = await this.#sync.connect(providerId);
    const synced = result.ok ? await this.#sync.syncMessages(providerId) : result;
    if (synced.ok) return;
    const { heading, advice } = problemText(synced.error);
    this.#toasts.fail(`${heading}. ${advice}`);
  }

  protected async disconnect({ providerId, displayName }: ProviderState): Promise<void> {
    const result = await this.#sync.disconnect(providerId);
    if (result.ok) this.#toasts.tell(`${displayName} is disconnected; its files stay there`);
    else this.#toasts.fail(problemText(result.error).advice);
  }
}
