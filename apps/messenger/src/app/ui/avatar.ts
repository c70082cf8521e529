import { Component, computed, input } from '@angular/core';
import { type ContactColour, toCss } from '../contacts/contact-colours';

/** A round mark with initials, its colour the one that was chosen, else a function of the name. */
@Component({
  selector: 'cv-avatar',
  host: {
    'aria-hidden': 'true',
    '[style.--hue]': 'hue()',
    '[style.--size.px]': 'size()',
    '[style.--soft]': 'soft()',
    '[style.--ink]': 'ink()',
  },
  template: `{{ letters() }}`,
  styles: `
    :host {
      display: grid;
      place-items: center;
      flex: none;
      width: var(--size);
      height: var(--size);
      border-radius: 50%;
      background: var(--soft, light-dark(oklch(0.9 0.055 var(--hue)), oklch(0.36 0.06 var(--hue))));
      color: var(--ink, light-dark(oklch(0.38 0.09 var(--hue)), oklch(0.92 0.05 var(--hue))));
      font-size: calc(var(--size) * 0.38);
      font-weight: 600;
      letter-spacing: 0.01em;
      user-select: none;
    }
  `,
})
export class Avatar {
  readonly name = input.required<string>();
  /** Pixels. */
  readonly size = input(44);
  /** `null`: made of the name. */
  readonly colour = input<ContactColour | null>(null);
  protected readonly soft = computed(() => cssOf(this.colour()?.soft));
  protected readonly ink = computed(() => cssOf(this.colour()?.ink));
  protected readonly hue = computed(() => hueOf(this.name()));
  protected readonly letters = computed(() => initials(this.name()));
}

const cssOf = (pair: ContactColour['soft'] | undefined) => (pair ? toCss(pair) : null);

/** Up to two initials: of the first and last word, or of the parts of `camelCase`; `#` when there is no letter. */
export function initials(name: string): string {
  const words = name
    .replace(/(\p{Ll})(\p{Lu})/gu, '$1 $2')
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '');
  const first = words[0];
  const last = words.length > 1 ? words.at(-1) : undefined;
  const letters = [first, last].map((word) => (word === undefined ? '' : ([...word][0] ?? '')));
  return letters.join('').toLocaleUpperCase() || '#';
}

/** 0 to 359, the same for a name everywhere. */
export function hueOf(name: string): number {
  let hash = 0;
  for (const char of name) hash = (hash * 31 + (char.codePointAt(0) ?? 0)) | 0;
  return Math.abs(hash) % 360;
}
