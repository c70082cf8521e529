import {
  Component,
  DestroyRef,
  type ElementRef,
  afterNextRender,
  inject,
  input,
  output,
  viewChild,
} from '@angular/core';
import { Icon } from '../ui/icon';
import { openModal } from '../ui/open-modal';
import { type MessageRow } from './thread-rows';

/** What can be done with a message besides reacting. */
export type MessageCommand = 'copy' | 'contact' | 'edit' | 'delete' | 'retry';

const GAP_PX = 6;

/** The menu of a message: beside its button, on phones a sheet from below. */
@Component({
  selector: 'cv-message-menu',
  imports: [Icon],
  template: `
    <dialog
      #dialog
      aria-label="Message"
      data-testid="message-actions"
      (cancel)="$event.preventDefault(); dismissed.emit()"
      (mousedown)="dismissOutside($event)"
    >
      <div class="box">
        <div class="palette" role="group" aria-label="React">
          @for (emoji of palette; track emoji) {
            <button
              type="button"
              [attr.aria-label]="'React with ' + emoji"
              [attr.aria-pressed]="isGiven(emoji)"
              [attr.data-testid]="'react-' + $index"
              (click)="react.emit(emoji)"
            >
              {{ emoji }}
            </button>
          }
        </div>
        @if (isRefused()) {
          <button type="button" class="command" data-testid="retry" (click)="chosen.emit('retry')">
            <cv-icon name="sync" [size]="18" /> Retry
          </button>
        }
        <button type="button" class="command" (click)="chosen.emit('copy')">
          <cv-icon name="copy" [size]="18" /> Copy text
        </button>
        @if (row().isOwn) {
          <button type="button" class="command" data-testid="edit" (click)="chosen.emit('edit')">
            <cv-icon name="compose" [size]="18" /> Edit
          </button>
        } @else {
          <button
            type="button"
            class="command"
            data-testid="contact"
            (click)="chosen.emit('contact')"
          >
            <cv-icon name="person" [size]="18" /> Contact
          </button>
        }
        @if (mayDelete()) {
          <button
            type="button"
            class="command danger"
            data-testid="delete"
            (click)="chosen.emit('delete')"
          >
            <cv-icon name="trash" [size]="18" /> Delete
          </button>
        }
      </div>
    </dialog>
  `,
  styles: `
    dialog {
      position: fixed;
      width: 264px;
      margin: 0;
      padding: 0;
      border: 1px solid var(--line);
      border-radius: var(--radius);
      background: var(--raised);
      color: var(--text);
      box-shadow: var(--shadow);
    }
    dialog::backdrop {
      background: transparent;
    }
    .box {
      display: grid;
      padding: 6px;
    }
    .palette {
      display: flex;
      justify-content: space-between;
      margin-bottom: 6px;
      padding: 2px 2px 8px;
      border-bottom: 1px solid var(--line);
    }
    .palette button {
      width: 40px;
      height: 40px;
      padding: 0;
      border: 0;
      border-radius: 50%;
      background: none;
      font-size: 1.375rem;
      line-height: 1;
      cursor: pointer;
    }
    .palette button:hover {
      background: var(--hover);
    }
    .palette button[aria-pressed='true'] {
      background: var(--selected);
      box-shadow: inset 0 0 0 1.5px var(--accent);
    }
    .command {
      display: flex;
      align-items: center;
      gap: var(--space-3);
      min-height: 42px;
      padding: 0 var(--space-3);
      border: 0;
      border-radius: var(--radius-s);
      background: none;
      font-size: var(--text-m);
      text-align: start;
      cursor: pointer;
    }
    .command:hover {
      background: var(--hover);
    }
    .danger {
      color: var(--danger);
    }
    @media (max-width: 719px) {
      dialog {
        inset: auto 0 0 !important;
        width: 100vw;
        max-width: 100vw;
        border-width: 1px 0 0;
        border-radius: var(--radius-l) var(--radius-l) 0 0;
      }
      dialog::backdrop {
        background: light-dark(#1b201e66, #000a);
      }
      .box {
        padding: var(--space-4) var(--space-4) max(var(--space-4), env(safe-area-inset-bottom));
      }
      .palette {
        justify-content: space-around;
      }
      .palette button {
        width: 48px;
        height: 48px;
        font-size: 1.625rem;
      }
      .command {
        min-height: 50px;
      }
    }
  `,
})
export class MessageMenu {
  readonly row = input.required<MessageRow>();
  /** The element that the menu opens beside. */
  readonly anchor = input.required<HTMLElement>();
  /** Whether the server refused something of it. */
  readonly isRefused = input(false);
  readonly mayDelete = input(true);
  readonly react = output<string>();
  readonly chosen = output<MessageCommand>();
  readonly dismissed = output();

  protected readonly palette = ['👍', '❤️', '😂', '😮', '😢', '🙏'] as const;
  private readonly dialog = viewChild.required<ElementRef<HTMLDialogElement>>('dialog');

  constructor() {
    const destroyRef = inject(DestroyRef);
    afterNextRender(() => {
      const dialog = this.dialog().nativeElement;
      destroyRef.onDestroy(openModal(dialog));
      this.#place(dialog);
    });
  }

  protected isGiven(emoji: string): boolean {
    return this.row().reactions.some((chip) => chip.isOwn && chip.emoji === emoji);
  }

  protected dismissOutside(event: MouseEvent): void {
    if (event.target === this.dialog().nativeElement) this.dismissed.emit();
  }

  /** Below the button when there is room, else above, and within the window; phones have it at the bottom (by style). */
  #place(dialog: HTMLDialogElement): void {
    const button = this.anchor().getBoundingClientRect();
    const { width, height } = dialog.getBoundingClientRect();
    const hasRoomBelow = button.bottom + GAP_PX + height < innerHeight;
    const top = hasRoomBelow ? button.bottom + GAP_PX : button.top - GAP_PX - height;
    const left = this.row().isOwn ? button.right - width : button.left;
    dialog.style.top = `${Math.max(GAP_PX, top)}px`;
    dialog.style.left = `${Math.min(Math.max(GAP_PX, left), innerWidth - width - GAP_PX)}px`;
  }
}
