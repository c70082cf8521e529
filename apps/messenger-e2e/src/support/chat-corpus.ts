/** A line of a chat in the format that the messenger imports. */
export interface CorpusLine {
  readonly id: string;
  readonly conversation: string;
  readonly sender: string;
  readonly sentAt: string;
  readonly text: string;
}

/** How large a made-up chat is. */
export interface CorpusShape {
  readonly conversations: readonly string[];
  /** Months from January 2023 on. */
  readonly months: number;
  /** In each conversation. */
  readonly messagesPerMonth: number;
  /** About; default 20. */
  readonly wordsPerMessage?: number;
}

const SENDERS = ['Ada', 'Björn', 'Chidi', 'Dilnoza', 'Emeka'];
const LETTERS = 'abcdefghijklmnopqrstuvwxyz';
const FIRST_YEAR = 2023;

/** A made-up chat, always the same for a shape; each text begins with conversation, month and number, so it can be found. */
export function createCorpus(shape: CorpusShape): readonly CorpusLine[] {
  const { conversations, months, messagesPerMonth, wordsPerMessage = 20 } = shape;
  const random = seededRandom(20_231);
  const lines: CorpusLine[] = [];
  for (let month = 0; month < months; month += 1) {
    const begin = Date.UTC(FIRST_YEAR, month, 1, 6);
    const gapMs = (27 * 24 * 3_600_000) / messagesPerMonth;
    for (let number = 1; number <= messagesPerMonth; number += 1) {
      for (const [index, conversation] of conversations.entries()) {
        const sentAt = new Date(begin + number * gapMs + index * 1_000).toISOString();
        const words = Array.from({ length: wordsPerMessage }, () => createWord(random));
        lines.push({
          id: `${conversation}-${month}-${number}`,
          conversation,
          sender: SENDERS[Math.floor(random() * SENDERS.length)] ?? 'Ada',
          sentAt,
          text: `${conversation} ${sentAt.slice(0, 7)} #${number} ${words.join(' ')}`,
        });
      }
    }
  }
  return lines;
}

/** The lines as a file to import. */
export const toNdjson = (lines: readonly CorpusLine[]): string =>
  lines.map((line) => `${JSON.stringify(line)}\n`).join('');

/** Letters by chance, so that the text compresses no better than what people write. */
const createWord = (random: () => number): string =>
  Array.from({ length: 2 + Math.floor(random() * 7) }, () =>
    LETTERS.charAt(Math.floor(random() ** 2 * LETTERS.length)),
  ).join('');

/** Numbers from 0 up to but not 1 (Mulberry32). */
function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
