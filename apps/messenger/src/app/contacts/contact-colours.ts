/** A colour for light and for dark screens, as `#rrggbb`. */
export interface ColourPair {
  readonly light: string;
  readonly dark: string;
}

/** One colour of the palette. */
export interface ContactColour {
  /** What it is called on the screen. */
  readonly label: string;
  /** Behind initials. */
  readonly soft: ColourPair;
  /** For words: on `soft`, and on what messages stand on. */
  readonly ink: ColourPair;
}

const colour = (
  label: string,
  soft: readonly [light: string, dark: string],
  ink: readonly [light: string, dark: string],
): ContactColour => ({
  label,
  soft: { light: soft[0], dark: soft[1] },
  ink: { light: ink[0], dark: ink[1] },
});

/** The colours that a contact may have: of the same lightness, so each word on them can be read as well as the others. */
export const CONTACT_COLOURS = {
  red: colour('Red', ['#ffbfb8', '#6e3330'], ['#842928', '#ffbfb8']),
  orange: colour('Orange', ['#ffc79d', '#693a10'], ['#743c01', '#ffc79d']),
  yellow: colour('Yellow', ['#e8d393', '#584500'], ['#614a00', '#e8d393']),
  green: colour('Green', ['#afe4b5', '#22542c'], ['#005e20', '#afe4b5']),
  teal: colour('Teal', ['#9fe3e2', '#015353'], ['#005d5e', '#9fe3e2']),
  blue: colour('Blue', ['#aad9ff', '#1f4a73'], ['#004e8e', '#aad9ff']),
  purple: colour('Purple', ['#dcc8ff', '#4f3c6e'], ['#593986', '#dcc8ff']),
  pink: colour('Pink', ['#ffbedc', '#69334e'], ['#7c2957', '#ffbedc']),
} as const satisfies Readonly<Record<string, ContactColour>>;

/** Name of a colour of the palette. */
export type ColourName = keyof typeof CONTACT_COLOURS;

/** All of them in the order of the palette. */
export const COLOUR_NAMES = Object.keys(CONTACT_COLOURS) as readonly ColourName[];

/** The colour of that name; `null` for none, and for one that a newer version may know. */
export function contactColour(name: string | null): ContactColour | null {
  const isKnown = name !== null && Object.hasOwn(CONTACT_COLOURS, name);
  return isKnown ? CONTACT_COLOURS[name as ColourName] : null;
}

/** The pair as a colour of a style sheet, which follows what the page is shown in. */
export const toCss = ({ light, dark }: ColourPair): string => `light-dark(${light}, ${dark})`;
