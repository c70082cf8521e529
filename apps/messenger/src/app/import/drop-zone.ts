import { Component, DOCUMENT, DestroyRef, afterNextRender, inject, signal } from '@angular/core';
import { Icon } from '../ui/icon';
import { ImportRequests } from './import-requests';

/** Takes a file dropped anywhere on the page, and shows that it would. */
@Component({
  selector: 'cv-drop-zone',
  imports: [Icon],
  template: `
    @if (isOver()) {
      <div class="cover">
        <div class="target">
          <cv-icon name="import" [size]="40" />
          <strong>Drop to import</strong>
        </div>
      </div>
    }
  `,
  styles: `
    .cover {
      position: fixed;
      inset: 0;
      z-index: 25;
      display: grid;
      padding: var(--space-4);
      background: light-dark(#f4f3efd9, #0f1312d9);
      pointer-events: none;
    }
    .target {
      display: grid;
      place-content: center;
      justify-items: center;
      gap: var(--space-3);
      border: 3px dashed var(--accent);
      border-radius: var(--radius-l);
      color: var(--accent);
      font-size: var(--text-xl);
    }
  `,
})
export class DropZone {
  readonly #document = inject(DOCUMENT);
  readonly #imports = inject(ImportRequests);
  /** Elements entered and not left: one for each nested element. */
  #depth = 0;
  protected readonly isOver = signal(false);

  constructor() {
    const destroyRef = inject(DestroyRef);
    afterNextRender(() => {
      const listeners = new AbortController();
      const on = (
        type: 'dragenter' | 'dragover' | 'dragleave' | 'drop',
        run: (event: DragEvent) => void,
      ) => this.#document.addEventListener(type, run, { signal: listeners.signal });
      on('dragenter', (event) => this.#enter(event));
      on('dragover', (event) => hasFiles(event) && event.preventDefault());
      on('dragleave', () => this.#leave());
      on('drop', (event) => this.#drop(event));
      destroyRef.onDestroy(() => listeners.abort());
    });
  }

  #enter(event: DragEvent): void {
    if (!hasFiles(event)) return;
    event.preventDefault();
    this.#depth += 1;
    this.isOver.set(true);
  }

  #leave(): void {
    this.#depth = Math.max(0, this.#depth - 1);
    if (this.#depth === 0) this.isOver.set(false);
  }

  #drop(event: DragEvent): void {
    if (!hasFiles(event)) return;
    event.preventDefault();
    this.#depth = 0;
    this.isOver.set(false);
    const file = event.dataTransfer?.files[0];
    if (file !== undefined) this.#imports.open(file);
  }
}

function hasFiles(event: DragEvent): boolean {
  return event.dataTransfer?.types.includes('Files') ?? false;
}
