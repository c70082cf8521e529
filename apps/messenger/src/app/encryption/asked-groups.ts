import { Component, computed, input, linkedSignal, output } from '@angular/core';
import { type ProblemText } from '../ui/problem-text';
import { GROUP_LENGTH, isGroup } from './typed-secret';

interface AskedGroup {
  /** Counted from 1. */
  readonly group: number;
  readonly typed: string;
  readonly state: 'open' | 'right' | 'wrong';
}

/** Fields for some groups of the recovery code, each of which is looked at while it is typed. */
@Component({
  selector: 'cv-asked-groups',
  template: `
    <fieldset>
      <legend class="visually-hidden">Groups of the recovery code</legend>
      @for (asked of fields(); track asked.group; let index = $index) {
        <div class="asked" [class]="asked.state">
          <label [for]="'cv-group-' + asked.group">Group {{ asked.group }}</label>
          <input
            #field
            autocomplete="off"
            autocapitalize="characters"
            autocorrect="off"
            spellcheck="false"
            maxlength="8"
            [id]="'cv-group-' + asked.group"
            [attr.data-testid]="'group-' + asked.group"
            [attr.aria-invalid]="asked.state === 'wrong'"
            [attr.aria-describedby]="'cv-group-state-' + asked.group"
            [value]="asked.typed"
            (input)="type(index, field.value)"
          />
          <span class="state" aria-live="polite" [id]="'cv-group-state-' + asked.group">{{
            words[asked.state]
          }}</span>
        </div>
      }
    </fieldset>
  `,
  styles: `
    fieldset {
      display: grid;
      grid-template-columns: repeat(3, 1fr);
      gap: var(--space-3);
      min-width: 0;
      margin: 0;
      padding: 0;
      border: 0;
    }
    .asked {
      display: grid;
      gap: var(--space-1);
      min-width: 0;
    }
    label {
      font-size: var(--text-s);
      font-weight: 550;
      color: var(--muted);
    }
    input {
      width: 100%;
      min-width: 0;
      height: 48px;
      padding: 0 var(--space-2);
      border: 1px solid var(--line-strong);
      border-radius: var(--radius-s);
      background: var(--surface);
      font-family: var(--mono);
      font-size: 1.125rem;
      letter-spacing: 0.06em;
      text-align: center;
      text-transform: uppercase;
    }
    .right input {
      border-color: var(--accent);
      background: var(--ok-soft);
    }
    .wrong input {
      border-color: var(--danger);
      background: var(--danger-soft);
    }
    .state {
      min-height: 1.45em;
      font-size: var(--text-s);
      color: var(--ok);
    }
    .wrong .state {
      color: var(--danger);
    }
  `,
})
export class AskedGroups {
  /** The whole code. */
  readonly code = input.required<string>();
  /** The groups that are asked for, counted from 1. */
  readonly groups = input.required<readonly number[]>();
  readonly changed = output();
  protected readonly words = { open: '', right: 'Right', wrong: 'Look again' } as const;
  readonly #typed = linkedSignal<readonly number[], readonly string[]>({
    source: this.groups,
    computation: (groups) => groups.map(() => ''),
  });
  protected readonly fields = computed((): readonly AskedGroup[] => {
    const shown = this.code().split('-');
    return this.groups().map((group, index) => {
      const typed = this.#typed()[index] ?? '';
      return { group, typed, state: stateOf(typed, shown[group - 1] ?? '') };
    });
  });
  /** What was typed, in the order in which it was asked for. */
  readonly typed = this.#typed.asReadonly();
  /** What to say of the first group that is not right yet; `null` when all are. */
  readonly problem = computed((): ProblemText | null => {
    const open = this.fields().find(({ state }) => state !== 'right');
    const advice = 'It is not what was shown. Look at the sheet that you printed or saved.';
    return open ? { heading: `Look at group ${open.group} again`, advice } : null;
  });

  protected type(index: number, text: string): void {
    this.#typed.update((typed) => typed.with(index, text));
    this.changed.emit();
  }
}

const stateOf = (typed: string, shown: string): AskedGroup['state'] => {
  if (isGroup(typed, shown)) return 'right';
  return typed.replace(/[\s\p{Pd}]/gu, '').length < GROUP_LENGTH ? 'open' : 'wrong';
};
