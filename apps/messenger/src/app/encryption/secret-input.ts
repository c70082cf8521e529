import { Component, type ElementRef, input, model, viewChild } from '@angular/core';
import { Icon } from '../ui/icon';

let nextId = 0;

/** A field for a passphrase or a code, with a button that shows what was typed. */
@Component({
  selector: 'cv-secret-input',
  imports: [Icon],
  template: `
    <label [for]="id">{{ label() }}</label>
    <div class="box" [class.invalid]="isInvalid()">
      <input
        #field
        autocapitalize="none"
        autocorrect="off"
        spellcheck="false"
        maxlength="1024"
        [id]="id"
        [type]="isShown() ? 'text' : 'password'"
        [class.shown]="isShown()"
        [name]="name()"
        [attr.autocomplete]="autocomplete()"
        [attr.aria-invalid]="isInvalid()"
        [attr.aria-describedby]="describedBy() || null"
        [attr.data-testid]="testId()"
        [value]="value()"
        (input)="value.set(field.value)"
      />
      <button
        type="button"
        class="icon-button"
        [attr.aria-label]="'Show what is typed: ' + label()"
        [attr.aria-pressed]="isShown()"
        [title]="isShown() ? 'Hide' : 'Show'"
        [attr.data-testid]="testId() + '-show'"
        (click)="isShown.set(!isShown())"
      >
        <cv-icon [name]="isShown() ? 'eye-off' : 'eye'" [size]="20" />
      </button>
    </div>
  `,
  styles: `
    :host {
      display: grid;
      gap: var(--space-1);
      min-width: 0;
    }
    label {
      font-size: var(--text-s);
      font-weight: 550;
      color: var(--muted);
    }
    .box {
      display: flex;
      align-items: center;
      min-height: 44px;
      padding-inline-end: 2px;
      border: 1px solid var(--line-strong);
      border-radius: var(--radius-s);
      background: var(--surface);
    }
    .box:focus-within {
      border-color: var(--accent);
      box-shadow: 0 0 0 1px var(--accent);
    }
    .box.invalid {
      border-color: var(--danger);
    }
    input {
      flex: 1;
      min-width: 0;
      height: 42px;
      padding: 0 var(--space-3);
      border: 0;
      outline: none;
      background: none;
      font-size: 1rem;
      color: var(--text);
    }
    .shown {
      font-family: var(--mono);
      font-size: 0.9375rem;
    }
  `,
})
export class SecretInput {
  readonly label = input.required<string>();
  readonly name = input('passphrase');
  readonly autocomplete = input('current-password');
  readonly testId = input.required<string>();
  readonly describedBy = input('');
  readonly isInvalid = input(false);
  readonly value = model('');
  readonly isShown = model(false);
  private readonly field = viewChild.required<ElementRef<HTMLInputElement>>('field');
  protected readonly id = `cv-secret-${nextId++}`;

  focus(): void {
    this.field().nativeElement.focus();
  }
}
