import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { COLOUR_NAMES, CONTACT_COLOURS, contactColour, toCss } from './contact-colours';

/** What WCAG 2.2 AA asks of words of this size. */
const ENOUGH = 4.5;
const styles = readFileSync(join(import.meta.dirname, '../../styles.css'), 'utf8');

/** A token of the style sheet for light and for dark screens. */
function token(name: string): { readonly light: string; readonly dark: string } {
  const [, light, dark] =
    new RegExp(`--${name}: light-dark\\((#[0-9a-f]{6}), (#[0-9a-f]{6})\\)`).exec(styles) ?? [];
  if (light === undefined || dark === undefined) throw new Error(`no token --${name}`);
  return { light, dark };
}

/** Contrast of two colours by WCAG 2.2, from 1 to 21. */
function contrast(a: string, b: string): number {
  const [dark = 0, light = 0] = [luminance(a), luminance(b)].sort((one, two) => one - two);
  return (light + 0.05) / (dark + 0.05);
}

function luminance(hex: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

describe('CONTACT_COLOURS', () => {
  it.each(COLOUR_NAMES)('%s can be read behind initials and as a name, light and dark', (name) => {
    const { soft, ink } = CONTACT_COLOURS[name];
    for (const scheme of ['light', 'dark'] as const) {
      const grounds = [soft, token('bubble'), token('raised'), token('surface'), token('selected')];
      for (const ground of grounds)
        expect(contrast(ink[scheme], ground[scheme])).toBeGreaterThanOrEqual(ENOUGH);
    }
  });

  it('measures as the standard says', () => {
    expect(contrast('#000000', '#ffffff')).toBeCloseTo(21);
    expect(contrast('#777777', '#ffffff')).toBeCloseTo(4.48, 2);
  });
});

describe('contactColour', () => {
  it('knows nothing but the palette', () => {
    expect(contactColour('teal')?.label).toBe('Teal');
    expect([null, '', 'mauve', 'toString'].map(contactColour)).toEqual([null, null, null, null]);
    expect(toCss(CONTACT_COLOURS.red.ink)).toBe('light-dark(#842928, #ffbfb8)');
  });
});
