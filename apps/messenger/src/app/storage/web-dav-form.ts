import { Component, computed, inject, input, linkedSignal, signal } from '@angular/core';
import { ChatSyncService } from '@chat-vault/chat-sync';
import { DemoSettings } from '../device/demo-settings';
import { type ProblemText } from '../ui/problem-text';
import { CloudSettings, type WebDavSettings } from './cloud-settings';
import { connectProblem } from './connect-problem';

/** Asks for the address and the sign-in of a WebDAV cloud, and connects it. */
@Component({
  selector: 'cv-web-dav-form',
  templateUrl: './web-dav-form.html',
  styleUrl: './web-dav-form.css',
})
export class WebDavForm {
  readonly providerId = input.required<string>();

  readonly #sync = inject(ChatSyncService);
  readonly #settings = inject(CloudSettings);
  readonly #demo = inject(DemoSettings);
  protected readonly url = linkedSignal(this.#given('url'));
  protected readonly username = linkedSignal(this.#given('username'));
  protected readonly password = linkedSignal(this.#given('password'));
  protected readonly isBusy = signal(false);
  protected readonly problem = signal<ProblemText | null>(null);

  /** What is known of a field. What was typed stays when the server's offer comes late and says nothing of it. */
  #given(field: keyof WebDavSettings) {
    return computed(
      () => this.#settings.webDav()?.[field] ?? this.#demo.offer.webdav?.[field] ?? '',
    );
  }

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
    if (!synced.ok) this.problem.set(connectProblem(this.providerId(), synced.error));
  }
}
