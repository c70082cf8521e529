import { ZxcvbnFactory } from '@zxcvbn-ts/core';
import { adjacencyGraphs, dictionary as common } from '@zxcvbn-ts/language-common';
import { dictionary as english, translations } from '@zxcvbn-ts/language-en';
import { type JudgePassphrase } from './judge-passphrase';
import { strengthOf } from './passphrase-strength';

/** Words of this app are tried first too. */
const APP_WORDS = ['chat', 'vault', 'chatvault', 'messenger', 'passphrase', 'encryption'];

/** Judges by dictionaries of words, names and leaked passwords, by keyboards, dates and repetitions (Wheeler, "zxcvbn", 2016). */
export function createJudge(): JudgePassphrase {
  const factory = new ZxcvbnFactory({
    dictionary: { ...common, ...english },
    graphs: adjacencyGraphs,
    translations,
  });
  return (passphrase, ownWords) => {
    const { guesses, feedback } = factory.check(passphrase, [...APP_WORDS, ...ownWords]);
    const advice = [feedback.warning, ...feedback.suggestions].filter(isText);
    return strengthOf({ guesses, advice });
  };
}

const isText = (text: string | null | undefined): text is string =>
  typeof text === 'string' && text !== '';
