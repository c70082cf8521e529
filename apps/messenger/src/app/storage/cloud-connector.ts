import { Service, inject } from '@angular/core';
import { ChatSyncService } from '@chat-vault/chat-sync';
import { formatCount } from '../ui/time-format';
import { Toasts } from '../ui/toasts';
import { CloudSettings } from './cloud-settings';
import { connectProblem } from './connect-problem';
import { PICKED_FOLDER, S3, WEB_DAV } from './providers';

/** Connects and disconnects clouds at a click, and tells what went wrong. */
@Service()
export class CloudConnector {
  readonly #sync = inject(ChatSyncService);
  readonly #toasts = inject(Toasts);
  readonly #settings = inject(CloudSettings);
  /** The last click on each cloud. */
  readonly #clicks = new Map<string, symbol>();

  /** Connects a cloud, or connects it again, and syncs it. A second click takes the place of the first, of which nothing is told then. */
  async connect(providerId: string): Promise<void> {
    const click = Symbol();
    this.#clicks.set(providerId, click);
    const result = await this.#sync.connect(providerId);
    const synced = result.ok ? await this.#sync.syncMessages(providerId) : result;
    if (synced.ok || this.#clicks.get(providerId) !== click) return;
    const { heading, advice } = connectProblem(providerId, synced.error);
    this.#toasts.fail(`${heading}. ${advice}`);
  }

  /** Lets the person choose another folder and syncs with it: what lies there tells whether it is a new one or holds chats already. */
  async chooseFolder(providerId: string): Promise<void> {
    const chosen = await this.#sync.connect(providerId, { otherPlace: true });
    const synced = chosen.ok ? await this.#sync.syncMessages(providerId) : chosen;
    if (!synced.ok) {
      const { heading, advice } = connectProblem(providerId, synced.error);
      this.#toasts.fail(`${heading}. ${advice}`);
      return;
    }
    const { messagesNew, recordsUploaded } = synced.report;
    this.#toasts.tell(
      `The folder is connected: ${formatCount(messagesNew)} new here, ${formatCount(recordsUploaded)} saved there`,
    );
  }

  /** A folder that was picked is forgotten, so that another one can be picked; so is any cloud with `forget`, and a password or key in any case. */
  async disconnect(
    providerId: string,
    displayName: string,
    options: { readonly forget?: boolean } = {},
  ): Promise<void> {
    const forget = options.forget ?? providerId === PICKED_FOLDER;
    const result = await this.#sync.disconnect(providerId, { forget });
    if (providerId === WEB_DAV) this.#settings.keepWebDav(null);
    if (providerId === S3) this.#settings.keepS3(null);
    if (result.ok) this.#toasts.tell(`${displayName} is disconnected; its files stay there`);
    else this.#toasts.fail(connectProblem(providerId, result.error).advice);
  }
}
