import {
  Component,
  DestroyRef,
  ElementRef,
  afterNextRender,
  inject,
  input,
  output,
  viewChild,
} from '@angular/core';
import { Icon } from './icon';
import { openModal } from './open-modal';

let nextId = 0;

/**
 * A modal dialog with a title: centred, on phones a sheet from below. It is open as long as it is rendered; Escape, the close
 * button and a press outside emit `dismissed`. The browser keeps the focus inside and gives it back.
 */
@Component({
  selector: 'cv-dialog',
  imports: [Icon],
  template: `
    <dialog
      #dialog
      [attr.aria-labelledby]="titleId"
      [class.narrow]="isNarrow()"
      (cancel)="$event.preventDefault(); dismissed.emit()"
      (close)="stayOpen()"
      (mousedown)="dismissOutside($event)"
    >
      <div class="box">
        <header>
          <h2 [id]="titleId">{{ heading() }}</h2>
          <button type="button" class="icon-button" aria-label="Close" (click)="dismissed.emit()">
            <cv-icon name="close" [size]="20" />
          </button>
        </header>
        <ng-content />
      </div>
    </dialog>
  `,
  styles: `
    dialog {
      width: min(560px, calc(100vw - 32px));
      max-height: min(86dvh, 760px);
      padding: 0;
      border: 1px solid var(--line);
      border-radius: var(--radius-l);
      background: var(--raised);
      color: var(--text);
      box-shadow: var(--shadow);
      overscroll-behavior: contain;
    }
    .narrow {
      width: min(420px, calc(100vw - 32px));
    }
    dialog[open] {
      animation: rise 0.16s ease-out;
    }
    dialog::backdrop {
      background: light-dark(#1b201e66, #000a);
    }
    .box {
      display: grid;
      gap: var(--space-4);
      padding: var(--space-5);
    }
    header {
      display: flex;
      align-items: center;
      justify-content: space-between;
      gap: var(--space-3);
      margin: -6px -8px 0 0;
    }
    h2 {
      font-size: 1.25rem;
      line-height: 1.25;
      letter-spacing: -0.01em;
    }
    @keyframes rise {
      from {
        opacity: 0;
        translate: 0 10px;
      }
    }
    @media (max-width: 719px) {
      dialog,
      .narrow {
        width: 100vw;
        max-width: 100vw;
        margin: auto 0 0;
        border-width: 1px 0 0;
        border-radius: var(--radius-l) var(--radius-l) 0 0;
      }
      .box {
        padding-bottom: max(var(--space-5), env(safe-area-inset-bottom));
      }
    }
  `,
})
export class Dialog {
  readonly heading = input.required<string>();
  readonly isNarrow = input(false);
  readonly dismissed = output();
  protected readonly titleId = `cv-dialog-${nextId++}`;
  readonly #host = inject<ElementRef<HTMLElement>>(ElementRef);
  private readonly dialog = viewChild.required<ElementRef<HTMLDialogElement>>('dialog');

  constructor() {
    const destroyRef = inject(DestroyRef);
    afterNextRender(() => {
      destroyRef.onDestroy(openModal(this.dialog().nativeElement));
      this.#host.nativeElement.querySelector<HTMLElement>('[cvInitialFocus]')?.focus();
    });
  }

  /** At the second Escape a browser closes a dialog whatever it is told. It is the app that takes it away, and some work is not left halfway. */
  protected stayOpen(): void {
    this.dialog().nativeElement.showModal();
    this.dismissed.emit();
  }

  protected dismissOutside(event: MouseEvent): void {
    if (event.target === this.dialog().nativeElement) this.dismissed.emit();
  }
}
