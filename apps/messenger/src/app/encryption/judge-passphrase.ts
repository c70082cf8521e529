import { InjectionToken } from '@angular/core';
import { type PassphraseStrength } from './passphrase-strength';

/** How strong a passphrase is; `ownWords` are words that somebody who knows the person tries first. */
export type JudgePassphrase = (
  passphrase: string,
  ownWords: readonly string[],
) => PassphraseStrength;

/** Loads what judges, with its dictionaries: about a megabyte, so only for a person who chooses a passphrase. */
export const LOAD_JUDGE = new InjectionToken<() => Promise<JudgePassphrase>>('LOAD_JUDGE', {
  factory: () => async () => (await import('./dictionary-judge')).createJudge(),
});

const PAUSE_MS = 120;

/** Waits until somebody who types may have paused: judging may take a fifth of a second. Tests give their own. */
export const TYPING_PAUSE = new InjectionToken<() => Promise<void>>('TYPING_PAUSE', {
  factory: () => () => new Promise((resolve) => setTimeout(resolve, PAUSE_MS)),
});
