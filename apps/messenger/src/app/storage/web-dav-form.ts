import { Component, inject, input, linkedSignal, output, signal } from '@angular/core';
import { ChatSyncService } from '@chat-vault/chat-sync';
import { DemoSettings } from '../device/demo-settings';
import { problemText } from '../ui/problem-text';
import { CloudSettings } from './cloud-settings';

/** Asks for the address and the sign-in of a WebDAV cloud, and connects it. */
@Component({
  selector: 'cv-web-dav-form',
  templateUrl: './web-dav-form.html',
  styleUrl: './web-dav-form.css',
})
export class WebDavForm {
  readonly providerId = input.required<string>();
  readonly connected = output();

  readonly #sync = inject(ChatSyncService);
  readonly #settings = inject(CloudSettings);
  readonly #demo = inject(DemoSettings);
  protected readonly url = linkedSignal(
    () => this.#settings.webDav()?.url ?? this.#demo.offer.webdav?.url ?? '',
  );
  protected readonly username = linkedSignal(
    () => this.#settings.webDav()?.username ?? this.#demo.offer.webdav?.username ?? '',
  );
  protected readonly password = linkedSignal(
    () => this.#settings.webDav()?.password ?? this.#demo.offer.webdav?.password ?? '',
  );
  protected readonly isBusy = signal(false);
  protected readonly problem = signal<{ readonly heading: string; readonly advice: string } | null>(
    null,
  );

  protected async connect(): Promise<void> {
    this.isBusy.set(true);
    this.problem.set(null);
    this.#settings.keepWebDav({
      url: this.url().trim(),
      username: this.username(),
      password: this.password(),
    });
    const result = await this.#sync.connect(this.providerId());
    const synced = result.ok ? await this.#sync.syncMessages(this.providerId()) : result;
    this.isBusy.set(false);
    if (synced.ok) this.connected.emit();
    else this.problem.set(problemText(synced.error));
  }
}
