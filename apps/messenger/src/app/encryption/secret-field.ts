import { Component, computed, input, signal, viewChild } from '@angular/core';
import { SecretInput } from './secret-input';
import { CODE_GROUPS, readSecret } from './typed-secret';

/** One field for the passphrase or the recovery code; says which it takes it for, and looks at each group of a code while it is typed. */
@Component({
  selector: 'cv-secret-field',
  imports: [SecretInput],
  template: `
    <input
      type="text"
      name="username"
      autocomplete="username"
      value="Chat Vault encryption"
      hidden
    />
    <cv-secret-input
      #field
      [label]="label()"
      [testId]="testId()"
      [describedBy]="testId() + '-hint'"
      [isInvalid]="wrongGroup() !== null"
      [(value)]="text"
    />
    <p
      class="hint"
      aria-live="polite"
      [id]="testId() + '-hint'"
      [class.wrong]="wrongGroup() !== null"
      [attr.data-testid]="testId() + '-hint'"
    >
      {{ hint() }}
    </p>
  `,
  styles: `
    :host {
      display: grid;
      gap: var(--space-1);
    }
    .hint {
      font-size: var(--text-s);
      color: var(--muted);
    }
    .hint:empty {
      display: none;
    }
    .wrong {
      font-weight: 550;
      color: var(--danger);
    }
  `,
})
export class SecretField {
  readonly label = input('Passphrase or recovery code');
  readonly testId = input('secret');
  private readonly field = viewChild.required<SecretInput>('field');
  /** As it was typed. */
  readonly text = signal('');
  readonly #typed = computed(() => readSecret(this.text()));
  protected readonly wrongGroup = computed(() => {
    const typed = this.#typed();
    return typed.kind === 'recovery-code' ? typed.wrongGroup : null;
  });
  protected readonly hint = computed(() => {
    const typed = this.#typed();
    if (typed.kind === 'passphrase') return '';
    const { right, wrongGroup } = typed;
    if (wrongGroup !== null) return `A recovery code. Look at group ${wrongGroup} again.`;
    if (right === CODE_GROUPS) return 'A recovery code, without a typing mistake.';
    return `A recovery code: ${right} of ${CODE_GROUPS} groups are right.`;
  });

  focus(): void {
    this.field().focus();
  }
}
