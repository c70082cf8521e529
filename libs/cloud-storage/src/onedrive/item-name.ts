import { isPathPart } from '../path/cloud-path.js';

// Signs that OneDrive and SharePoint refuse, blanks and dots where they cut them off, and what looks like an escape of ours.
const REFUSED_SIGN = /["*:<>?|]|^ |^~(?=\$)|[ .]$|%(?=[\dA-F]{2})/g;

// Names that they refuse, whatever comes after a dot.
const REFUSED_NAME = /^(\.lock|con|prn|aux|nul|com\d|lpt\d|desktop\.ini)(\.|$)/i;

/**
 * One part of a path as OneDrive takes it: what it refuses is written as `%` and two hexadecimal digits (Microsoft, "Restrictions and
 * limitations in OneDrive and SharePoint"). Names of the vault's own stay as they are.
 */
export const toItemName = (part: string): string => {
  const name = part.replace(REFUSED_SIGN, escapeSign).replace(/_(?=vti_)/gi, escapeSign);
  return REFUSED_NAME.test(name) ? escapeSign(name.charAt(0)) + name.slice(1) : name;
};

/** The part of a path that an item's name stands for; `undefined` when no part is written so. */
export const fromItemName = (name: string): string | undefined => {
  const part = name.replace(/%([\dA-F]{2})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return isPathPart(part) && toItemName(part) === name ? part : undefined;
};

const escapeSign = (sign: string): string =>
  `%${sign.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;
