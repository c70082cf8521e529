import { Component, input, output } from '@angular/core';

/** The labels above the list: one of them at a time shows only the conversations that have it. */
@Component({
  selector: 'cv-label-bar',
  host: { role: 'group', 'aria-label': 'Show only one label' },
  template: `
    @for (label of labels(); track label) {
      <button
        type="button"
        class="label"
        data-testid="label-filter"
        [attr.aria-pressed]="label === chosen()"
        (click)="choose.emit(label === chosen() ? null : label)"
      >
        {{ label }}
      </button>
    }
  `,
  styleUrl: './label.css',
  styles: `
    :host {
      display: flex;
      gap: var(--space-2);
      flex-wrap: wrap;
      max-height: 92px;
      padding: 2px var(--space-3) var(--space-3);
      overflow: auto;
      scrollbar-width: thin;
    }
    @media (max-width: 719px) {
      :host {
        flex-wrap: nowrap;
        scrollbar-width: none;
      }
    }
    .label {
      flex: none;
    }
  `,
})
export class LabelBar {
  readonly labels = input.required<readonly string[]>();
  /** `null` when all conversations are shown. */
  readonly chosen = input.required<string | null>();
  readonly choose = output<string | null>();
}
