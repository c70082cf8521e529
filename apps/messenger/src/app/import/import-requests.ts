import { Service, signal } from '@angular/core';
import { type DemoSample } from '../device/demo-settings';
import { type ImportSource } from './import-types';

/** What the import dialog was opened with: a file, a chat of the server, or nothing yet. */
export interface ImportRequest {
  readonly source: ImportSource | null;
  readonly sample: DemoSample | null;
}

/** Opens the import dialog from anywhere; what it needs is loaded then. */
@Service()
export class ImportRequests {
  readonly #current = signal<ImportRequest | null>(null);
  readonly current = this.#current.asReadonly();

  open(source: ImportSource | null = null): void {
    this.#current.set({ source, sample: null });
  }

  openSample(sample: DemoSample): void {
    this.#current.set({ source: null, sample });
  }

  close(): void {
    this.#current.set(null);
  }
}
