import {
  Component,
  DestroyRef,
  computed,
  inject,
  input,
  linkedSignal,
  signal,
} from '@angular/core';
import { ChatSyncService } from '@chat-vault/chat-sync';
import { type WebDavRecipe } from '@chat-vault/cloud-storage/webdav/diagnosis';
import { DemoSettings } from '../device/demo-settings';
import { ProblemNotice } from '../ui/problem-notice';
import { type ProblemText } from '../ui/problem-text';
import { TextField } from '../ui/text-field';
import { CloudSettings, type WebDavSettings } from './cloud-settings';
import { connectProblem } from './connect-problem';
import { DIAGNOSE_WEB_DAV, isUnclear } from './diagnose-web-dav';

/** Asks for the address and the sign-in of a WebDAV cloud, and connects it. */
@Component({
  selector: 'cv-web-dav-form',
  imports: [ProblemNotice, TextField],
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
  protected readonly isExamining = signal(false);
  /** Settings of servers that would help. */
  protected readonly recipes = signal<readonly WebDavRecipe[]>([]);
  readonly #diagnose = inject(DIAGNOSE_WEB_DAV);
  readonly #life = new AbortController();

  constructor() {
    inject(DestroyRef).onDestroy(() => this.#life.abort());
  }

  /** What is known of a field. What was typed stays when the server's offer comes late and says nothing of it. */
  #given(field: keyof WebDavSettings) {
    return computed(
      () => this.#settings.webDav()?.[field] ?? this.#demo.offer.webdav?.[field] ?? '',
    );
  }

  protected async connect(): Promise<void> {
    this.isBusy.set(true);
    this.problem.set(null);
    this.recipes.set([]);
    this.#settings.keepWebDav({
      url: this.url().trim(),
      username: this.username(),
      password: this.password(),
    });
    const result = await this.#sync.connect(this.providerId());
    const synced = result.ok ? await this.#sync.syncMessages(this.providerId()) : result;
    this.isBusy.set(false);
    if (synced.ok) return;
    this.problem.set(connectProblem(this.providerId(), synced.error));
    if (isUnclear(synced.error)) await this.#examine();
  }

  /** Replaces the general words by what is the matter with this server. */
  async #examine(): Promise<void> {
    const options = this.#settings.webDavOptions();
    const shown = this.problem();
    if (options === undefined) return;
    this.isExamining.set(true);
    try {
      const { signal } = this.#life;
      const found = await this.#diagnose({ ...options, signal });
      if (found.isUsable || this.problem() !== shown) return;
      this.problem.set({ heading: found.message, advice: found.hint });
      this.recipes.set(found.recipes);
    } catch {
      // The page was left, or the part that looks could not be loaded: the general words stay.
    } finally {
      this.isExamining.set(false);
    }
  }
}
