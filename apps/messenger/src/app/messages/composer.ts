import {
  Component,
  type ElementRef,
  effect,
  input,
  linkedSignal,
  output,
  signal,
  viewChild,
} from '@angular/core';
import { Icon } from '../ui/icon';

/** A message that is being changed. */
export interface Editing {
  readonly key: string;
  readonly text: string;
}

/** What decides on the text in the box. */
interface Written {
  readonly urn: string;
  readonly editing: Editing | null;
  readonly draft: string;
  readonly isTyping: boolean;
}

/** Where a message is written: Enter sends, Shift and Enter begins a new line, Escape stops editing. */
@Component({
  selector: 'cv-composer',
  imports: [Icon],
  host: { '(window:focus)': 'noteFocus()', '(window:blur)': 'noteFocus()' },
  template: `
    @if (editing()) {
      <div class="editing">
        <cv-icon name="compose" [size]="16" />
        <span>Editing your message</span>
        <button type="button" class="cancel" data-testid="cancel-edit" (click)="cancelled.emit()">
          Cancel
        </button>
      </div>
    }
    <form (submit)="$event.preventDefault(); send()">
      <textarea
        #box
        rows="1"
        placeholder="Message"
        aria-label="Message"
        enterkeyhint="send"
        dir="auto"
        data-testid="composer"
        [value]="text()"
        (focus)="noteFocus()"
        (blur)="noteFocus(); left.emit()"
        (input)="change(box.value)"
        (keydown.enter)="sendOnEnter($event)"
        (keydown.escape)="cancelEditing($event)"
        (keydown.arrowUp)="editLast($event)"
      ></textarea>
      <button
        type="submit"
        class="send"
        data-testid="send"
        [attr.aria-label]="editing() ? 'Save' : 'Send'"
        [disabled]="text().trim() === ''"
      >
        <cv-icon [name]="editing() ? 'check' : 'send'" />
      </button>
    </form>
  `,
  styles: `
    :host {
      display: block;
      padding: var(--space-2) var(--space-3) max(var(--space-3), env(safe-area-inset-bottom));
    }
    form {
      display: flex;
      align-items: flex-end;
      gap: var(--space-2);
      max-width: 60rem;
      margin: 0 auto;
    }
    textarea {
      flex: 1;
      min-width: 0;
      min-height: 44px;
      max-height: 40dvh;
      padding: 10px var(--space-4);
      border: 1px solid var(--line);
      border-radius: 22px;
      background: var(--surface);
      font-size: 1rem;
      line-height: 1.375;
      resize: none;
      overflow-y: auto;
      scrollbar-width: thin;
    }
    textarea::placeholder {
      color: var(--muted);
      opacity: 1;
    }
    textarea:focus-visible {
      outline: none;
      border-color: var(--accent);
      box-shadow: 0 0 0 1px var(--accent);
    }
    .send {
      display: grid;
      place-items: center;
      flex: none;
      width: 44px;
      height: 44px;
      padding: 0;
      border: 0;
      border-radius: 50%;
      background: var(--accent);
      color: var(--on-accent);
      cursor: pointer;
      transition: background-color 0.12s;
    }
    .send:disabled {
      background: var(--sunken);
      color: var(--muted);
      cursor: default;
    }
    .editing {
      display: flex;
      align-items: center;
      gap: var(--space-2);
      max-width: 60rem;
      margin: 0 auto var(--space-2);
      padding: 0 var(--space-2);
      font-size: var(--text-s);
      color: var(--muted);
    }
    .cancel {
      margin-inline-start: auto;
      min-height: 28px;
      border: 0;
      background: none;
      color: var(--accent);
      font-weight: 600;
      cursor: pointer;
    }
  `,
})
export class Composer {
  /** The message that is changed; `null` when a new one is written. */
  readonly editing = input<Editing | null>(null);
  /** Where it is written to. */
  readonly conversationUrn = input('');
  /** What was begun before, here or on another device. While somebody types, what comes from elsewhere waits. */
  readonly draft = input('');
  /** The text to send, or to save. The draft stays until whoever sends it takes it away. */
  readonly written = output<string>();
  readonly drafted = output<string>();
  /** The box has the focus no more. */
  readonly left = output();
  readonly cancelled = output();
  /** The arrow key was pressed in an empty box. */
  readonly lastWanted = output();

  /** Whether the keys that are pressed go into the box. */
  readonly #isTyping = signal(false);
  protected readonly text = linkedSignal<Written, string>({
    source: () => ({
      urn: this.conversationUrn(),
      editing: this.editing(),
      draft: this.draft(),
      isTyping: this.#isTyping(),
    }),
    computation: ({ urn, editing, draft, isTyping }, previous) => {
      const isSame = previous?.source.urn === urn && previous.source.editing === editing;
      if (isSame && (isTyping || editing !== null)) return previous.value;
      return editing?.text ?? draft;
    },
  });
  private readonly box = viewChild.required<ElementRef<HTMLTextAreaElement>>('box');

  constructor() {
    effect(() => {
      this.text();
      this.#fitHeight();
    });
    effect(() => {
      if (this.editing()) this.focus();
    });
  }

  focus(): void {
    this.box().nativeElement.focus();
  }

  /** Puts a text into the box, also while somebody types there. */
  show(text: string): void {
    if (this.editing() === null) this.text.set(text);
  }

  protected noteFocus(): void {
    const box = this.box().nativeElement;
    const { activeElement } = box.ownerDocument;
    this.#isTyping.set(activeElement === box && box.ownerDocument.hasFocus());
  }

  protected change(text: string): void {
    this.text.set(text);
    if (this.editing() === null) this.drafted.emit(text);
  }

  protected sendOnEnter(event: Event): void {
    const { shiftKey, isComposing } = event as KeyboardEvent;
    if (shiftKey || isComposing) return; // a new line, or a candidate of an input method
    event.preventDefault();
    this.send();
  }

  protected send(): void {
    const text = this.text().trim();
    if (text === '') return;
    this.text.set('');
    this.written.emit(text);
  }

  protected cancelEditing(event: Event): void {
    if (this.editing() === null) return;
    event.stopPropagation();
    this.cancelled.emit();
  }

  protected editLast(event: Event): void {
    if (this.text() !== '') return;
    event.preventDefault();
    this.lastWanted.emit();
  }

  #fitHeight(): void {
    const box = this.box().nativeElement;
    box.value = this.text();
    box.style.height = 'auto';
    box.style.height = `${box.scrollHeight + 2}px`;
  }
}
