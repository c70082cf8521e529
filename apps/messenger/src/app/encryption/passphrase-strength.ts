/** How good a passphrase is against somebody who has the files and tries passphrases by the million. */
export interface PassphraseStrength {
  /** `refused`: it protects nothing; `weak`: it can be used when the person insists. */
  readonly level: 'refused' | 'weak' | 'good';
  /** Of four bars. */
  readonly bars: 1 | 2 | 3 | 4;
  /** `Would be guessed in minutes.` */
  readonly text: string;
  /** What is the matter with it, and what would help; may be empty. */
  readonly advice: readonly string[];
}

/** What is known of how a passphrase can be guessed. */
export interface Guessing {
  /** How many guesses it takes. */
  readonly guesses: number;
  readonly advice?: readonly string[];
}

/** Argon2id lets nobody try fast: somebody with a rack of graphics cards gets about that far in a second. */
const GUESSES_PER_SECOND = 10_000;

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const YEAR = 365 * DAY;

/** From which time on it may be used at all, is good without a question, and is as good as it gets. Files in a cloud can be copied and tried for years. */
const USABLE_S = DAY;
const GOOD_S = 10 * YEAR;
const BEST_S = 1_000 * YEAR;

const TIMES: readonly (readonly [below: number, words: string])[] = [
  [MINUTE, 'at once'],
  [HOUR, 'in minutes'],
  [DAY, 'in hours'],
  [30 * DAY, 'in days'],
  [YEAR, 'in months'],
  [GOOD_S, 'in a few years'],
];

/** What a number of guesses means. */
export function strengthOf({ guesses, advice = [] }: Guessing): PassphraseStrength {
  const seconds = guesses / GUESSES_PER_SECOND;
  const time = TIMES.find(([below]) => seconds < below)?.[1];
  if (time !== undefined) {
    const isUsable = seconds >= USABLE_S;
    const text = `Would be guessed ${time}.`;
    return { level: isUsable ? 'weak' : 'refused', bars: isUsable ? 2 : 1, text, advice };
  }
  const isBest = seconds >= BEST_S;
  const text = isBest ? 'Nobody will guess it.' : 'Would take decades to guess.';
  return { level: 'good', bars: isBest ? 4 : 3, text, advice: [] };
}

/** Where nothing could judge it: it is for the person to say. */
export const UNJUDGED: PassphraseStrength = {
  level: 'weak',
  bars: 2,
  text: 'How strong it is could not be judged: that part of the app did not load.',
  advice: ['Take four or more words that nobody would put together.'],
};
