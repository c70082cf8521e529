import { type Brand } from '../model/brand.js';

/**
 * Hybrid logical clock stamp: Unix milliseconds (12 hex digits) `-` counter (4 hex digits) `-` device id (16 hex digits).
 * If `a` happened before `b`, then `a < b` as plain strings, so no comparator is needed.
 * Source: Kulkarni et al., "Logical Physical Clocks" (2014).
 */
export type Stamp = Brand<string, 'Stamp'>;
