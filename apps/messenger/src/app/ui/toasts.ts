import { Component, DestroyRef, Service, inject, signal } from '@angular/core';
import { Icon } from './icon';

/** A short word on what happened, with at most one thing to do about it. */
export interface Toast {
  readonly id: number;
  readonly text: string;
  readonly isError: boolean;
  readonly action?: { readonly label: string; readonly run: () => void };
}

const SHOWN_MS = 6_000;

/** Toasts that are on the screen; the newest last, three at most. */
@Service()
export class Toasts {
  readonly #toasts = signal<readonly Toast[]>([]);
  readonly #timers = new Set<ReturnType<typeof setTimeout>>();
  #nextId = 1;

  readonly shown = this.#toasts.asReadonly();

  constructor() {
    inject(DestroyRef).onDestroy(() => this.#timers.forEach((timer) => clearTimeout(timer)));
  }

  tell(text: string, action?: Toast['action']): void {
    this.#show({ text, isError: false, ...(action && { action }) });
  }

  /** An error stays until it is closed. */
  fail(text: string, action?: Toast['action']): void {
    this.#show({ text, isError: true, ...(action && { action }) });
  }

  dismiss(id: number): void {
    this.#toasts.update((toasts) => toasts.filter((toast) => toast.id !== id));
  }

  #show(fields: Omit<Toast, 'id'>): void {
    const toast = { id: this.#nextId++, ...fields };
    this.#toasts.update((toasts) => [...toasts.slice(-2), toast]);
    if (toast.isError) return;
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      this.dismiss(toast.id);
    }, SHOWN_MS);
    this.#timers.add(timer);
  }
}

/** Shows the toasts, and reads them out. */
@Component({
  selector: 'cv-toasts',
  imports: [Icon],
  host: { role: 'status', 'aria-live': 'polite' },
  template: `
    @for (toast of toasts.shown(); track toast.id) {
      <div class="toast" [class.error]="toast.isError" data-testid="toast">
        <span>{{ toast.text }}</span>
        @if (toast.action; as action) {
          <button type="button" class="action" (click)="action.run(); toasts.dismiss(toast.id)">
            {{ action.label }}
          </button>
        }
        <button type="button" class="close" aria-label="Dismiss" (click)="toasts.dismiss(toast.id)">
          <cv-icon name="close" [size]="16" />
        </button>
      </div>
    }
  `,
  styles: `
    :host {
      position: fixed;
      z-index: 20;
      inset: auto 0 max(env(safe-area-inset-bottom), 84px);
      display: grid;
      justify-items: center;
      gap: var(--space-2);
      padding: 0 var(--space-4);
      pointer-events: none;
    }
    .toast {
      display: flex;
      align-items: center;
      gap: var(--space-3);
      max-width: 520px;
      padding: var(--space-2) var(--space-2) var(--space-2) var(--space-4);
      border-radius: var(--radius);
      background: light-dark(#1f2624, #e8ecea);
      color: light-dark(#f4f6f5, #141a18);
      box-shadow: var(--shadow);
      font-size: var(--text-m);
      pointer-events: auto;
      animation: rise 0.18s ease-out;
    }
    .error {
      background: light-dark(#8f1d16, #ffb4ab);
      color: light-dark(#fff, #3a0905);
    }
    button {
      border: 0;
      background: none;
      cursor: pointer;
    }
    .action {
      min-height: 32px;
      font-weight: 650;
      text-decoration: underline;
      text-underline-offset: 3px;
    }
    .close {
      display: grid;
      place-items: center;
      width: 32px;
      height: 32px;
    }
    button:focus-visible {
      outline-color: currentColor;
    }
    @keyframes rise {
      from {
        opacity: 0;
        translate: 0 8px;
      }
    }
  `,
})
export class ToastList {
  protected readonly toasts = inject(Toasts);
}
