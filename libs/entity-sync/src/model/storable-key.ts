/** The longest entity key, in UTF-16 units. */
export const MAX_KEY_UNITS = 1024;

/** Whether every tier can keep something under the key. */
export const isStorableKey = (key: string): boolean =>
  key !== '' && key.length <= MAX_KEY_UNITS && !/\p{Surrogate}/u.test(key);
