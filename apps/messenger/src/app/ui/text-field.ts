import { Component, input, model } from '@angular/core';

/** A field for what is written for machines: an address, a name of a bucket, a key. */
@Component({
  selector: 'cv-text-field',
  template: `
    <label class="field">
      {{ label() }}
      <input
        #field
        autocapitalize="none"
        spellcheck="false"
        [type]="type()"
        [name]="name()"
        [attr.autocomplete]="autocomplete()"
        [attr.inputmode]="autocomplete() === 'url' ? 'url' : null"
        [placeholder]="placeholder()"
        [required]="required()"
        [attr.data-testid]="testId()"
        [value]="value()"
        (input)="value.set(field.value)"
      />
    </label>
  `,
  styles: `
    :host {
      display: block;
      min-width: 0;
    }
  `,
})
export class TextField {
  readonly label = input.required<string>();
  readonly name = input.required<string>();
  readonly testId = input.required<string>();
  readonly value = model.required<string>();
  readonly type = input<'text' | 'url' | 'password'>('text');
  readonly autocomplete = input<'off' | 'url' | 'username' | 'current-password'>('off');
  readonly placeholder = input('');
  readonly required = input(false);
}
