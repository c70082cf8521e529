import { Component, inject, input, linkedSignal, signal } from '@angular/core';
import { ChatSyncService } from '@chat-vault/chat-sync';
import { ProblemNotice } from '../ui/problem-notice';
import { type ProblemText } from '../ui/problem-text';
import { TextField } from '../ui/text-field';
import { CloudSettings, type S3Settings } from './cloud-settings';
import { connectProblem } from './connect-problem';

const EMPTY: S3Settings = {
  endpoint: '',
  bucket: '',
  region: 'auto',
  accessKeyId: '',
  secretAccessKey: '',
  prefix: 'chat-vault',
};

/** Asks where an S3 bucket is and for the keys to it, and connects it. */
@Component({
  selector: 'cv-s3-form',
  imports: [ProblemNotice, TextField],
  templateUrl: './s3-form.html',
  styleUrl: './web-dav-form.css',
})
export class S3Form {
  readonly providerId = input.required<string>();

  readonly #sync = inject(ChatSyncService);
  readonly #settings = inject(CloudSettings);
  protected readonly entered = linkedSignal<S3Settings>(() => this.#settings.s3() ?? EMPTY);
  protected readonly isBusy = signal(false);
  protected readonly problem = signal<ProblemText | null>(null);

  protected enter(part: Partial<S3Settings>): void {
    this.entered.update((before) => ({ ...before, ...part }));
  }

  protected async connect(): Promise<void> {
    this.isBusy.set(true);
    this.problem.set(null);
    this.#settings.keepS3(trimmed(this.entered()));
    const result = await this.#sync.connect(this.providerId());
    const synced = result.ok ? await this.#sync.syncMessages(this.providerId()) : result;
    this.isBusy.set(false);
    if (!synced.ok) this.problem.set(connectProblem(this.providerId(), synced.error));
  }
}

/** Keys are often pasted with a space or a line break. */
const trimmed = (settings: S3Settings): S3Settings => ({
  endpoint: settings.endpoint.trim().replace(/\/+$/, ''),
  bucket: settings.bucket.trim(),
  region: settings.region.trim() || 'auto',
  accessKeyId: settings.accessKeyId.trim(),
  secretAccessKey: settings.secretAccessKey.trim(),
  prefix: settings.prefix.trim().replace(/^\/+|\/+$/g, ''),
});
