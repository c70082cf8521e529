import { Component, DOCUMENT, computed, inject, signal } from '@angular/core';
import { ChatSyncService, type ProviderState } from '@chat-vault/chat-sync';
import { Icon } from '../ui/icon';
import { CloudConnector } from './cloud-connector';
import { cloudState, cloudWords, needsOtherFolder, spaceText } from './cloud-words';
import { Countdown } from './countdown';
import { PICKED_FOLDER, REGISTERED, S3, WEB_DAV } from './providers';
import { S3Form } from './s3-form';
import { WebDavForm } from './web-dav-form';

const RECONNECT = { testId: 'reconnect', label: 'Reconnect', does: 'Reconnect' };
const DISCONNECT = { testId: 'disconnect', label: 'Disconnect', does: 'Disconnect' };
const CONNECT = { testId: 'connect', does: 'Connect' };
const FORGET = {
  testId: 'forget-sign-in',
  label: 'Forget sign-in',
  does: 'Forget the sign-in to',
};

/** One thing that can be done about a cloud. */
interface CloudAction {
  readonly testId: string;
  readonly label: string;
  /** The same with the name of the cloud after it, for people who hear it without the line. */
  readonly does: string;
  readonly isPrimary?: boolean;
  readonly run: () => void;
}

/** The clouds of the app: which are connected and how they stand, and how to connect one. */
@Component({
  selector: 'cv-cloud-list',
  imports: [Countdown, Icon, S3Form, WebDavForm],
  templateUrl: './cloud-list.html',
  styleUrls: ['./card.css', './cloud-list.css'],
})
export class CloudList {
  readonly #sync = inject(ChatSyncService);
  protected readonly connector = inject(CloudConnector);
  readonly #canPick = 'showDirectoryPicker' in (inject(DOCUMENT).defaultView ?? {});
  protected readonly webDav = WEB_DAV;
  protected readonly s3 = S3;
  protected readonly cloudWords = cloudWords;
  protected readonly cloudState = cloudState;
  protected readonly needsOtherFolder = needsOtherFolder;
  protected readonly spaceText = spaceText;
  /** Clouds that this browser can connect, and at which this app is registered where that is needed. */
  protected readonly clouds = computed(() =>
    this.#sync.providers().filter(({ providerId, isConfigured, isConnected }) => {
      if (REGISTERED.has(providerId)) return isConfigured || isConnected;
      return providerId !== PICKED_FOLDER || this.#canPick;
    }),
  );
  /** The cloud whose form is open, when the person opened or closed one. */
  readonly #chosen = signal<string | null>(null);
  readonly #openForm = computed(() => {
    const isAnyConnected = this.clouds().some(({ isConnected }) => isConnected);
    return this.#chosen() ?? (isAnyConnected ? '' : WEB_DAV);
  });

  /** The buttons of a cloud. */
  protected actions(cloud: ProviderState): readonly CloudAction[] {
    const { providerId, isConnected, isConnecting, status } = cloud;
    const connect = () => void this.connector.connect(providerId);
    const disconnect = () => void this.disconnect(cloud);
    if (isConnected) {
      const canReconnect = status.state === 'auth-error' && status.canReconnect;
      const reconnect = { ...RECONNECT, isPrimary: true, run: connect };
      return [...(canReconnect ? [reconnect] : []), { ...DISCONNECT, run: disconnect }];
    }
    if (this.hasForm(cloud)) {
      const open = () => this.chooseForm(providerId);
      return this.isFormOpen(cloud) ? [] : [{ ...CONNECT, label: 'Connect', run: open }];
    }
    const label = isConnecting ? 'Connecting…' : 'Connect';
    const forget = mayKnowSignIn(cloud) ? [{ ...FORGET, run: disconnect }] : [];
    return [...forget, { ...CONNECT, label, run: connect }];
  }

  protected hasForm({ providerId }: ProviderState): boolean {
    return providerId === WEB_DAV || providerId === S3;
  }

  /** A refused password is asked for again without anybody opening the form. */
  protected isFormOpen(cloud: ProviderState): boolean {
    const { providerId, isConnected, status } = cloud;
    if (!this.hasForm(cloud)) return false;
    return isConnected ? status.state === 'auth-error' : this.#openForm() === providerId;
  }

  protected async disconnect({ providerId, displayName }: ProviderState): Promise<void> {
    this.chooseForm('');
    await this.connector.disconnect(providerId, displayName);
  }

  protected chooseForm(providerId: string): void {
    this.#chosen.set(providerId);
  }
}

/** Somebody may have signed in before connecting failed; then that must not stay on this device against their will. */
const mayKnowSignIn = ({ providerId, status }: ProviderState): boolean =>
  REGISTERED.has(providerId) && 'error' in status;
