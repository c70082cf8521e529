import { type ChatMessage } from '@chat-vault/core';
import { conversationUrn } from '../conversations/conversation-urn';
import { textMessage } from '../messages/text-message';
import {
  type BadLine,
  type ImportOptions,
  type ImportSource,
  type ImportStep,
  type WhatsAppLayout,
} from './import-types';
import { readLines } from './read-chunks';
import { OccurrenceCounter, stableId } from './stable-id';
import { type WallClock, wallClockConverter, wallClockText } from './wall-clock';
import { headerTime, isOfLayout, parseWhatsAppHeader, splitSender } from './whatsapp-line';

/** A message whose lines are still being read. */
interface OpenMessage {
  readonly wall: WallClock;
  readonly sender: string;
  readonly lines: string[];
}

/** What the lines read now belong to; lines after a WhatsApp entry or a bad line go with it. */
type Current = OpenMessage | 'skipped' | 'nothing';

/**
 * Reads WhatsApp's `_chat.txt`. Times are wall-clock times of `options.timeZone`; messages of one minute (or second, where the
 * export has seconds) get ascending milliseconds, so that they keep the order of the file.
 */
export async function* readWhatsApp(
  source: ImportSource,
  layout: WhatsAppLayout,
  options: ImportOptions,
): AsyncGenerator<ImportStep> {
  const finish = messageMaker(conversationUrn('whatsapp', options.name), options.timeZone);
  const order = options.dateOrder ?? layout.dateOrder;
  let current: Current = 'nothing';
  let bytesRead = 0;
  for await (const chunk of readLines(source)) {
    const done: OpenMessage[] = [];
    const badLines: BadLine[] = [];
    let systemEntries = 0;
    bytesRead = chunk.bytesRead;
    for (const [index, line] of chunk.lines.entries()) {
      const header = parseWhatsAppHeader(line);
      if (header === null || !isOfLayout(header, layout)) {
        if (typeof current === 'object') current.lines.push(line);
        else if (current === 'nothing' && line.trim() !== '') {
          badLines.push({
            line: chunk.firstLine + index,
            reason: 'No message starts above this line.',
          });
        }
        continue;
      }
      if (typeof current === 'object') done.push(current);
      current = 'skipped';
      const wall = headerTime(header, order);
      const split = splitSender(header.rest);
      if (wall === null) {
        const reason = `"${header.dateText}" with this time is not a date and time.`;
        badLines.push({ line: chunk.firstLine + index, reason });
      } else if (split === null) systemEntries += 1;
      else current = { wall, sender: split.sender, lines: [split.text] };
    }
    yield { messages: await finish(done), badLines, systemEntries, bytesRead };
  }
  if (typeof current === 'object') {
    yield { messages: await finish([current]), badLines: [], systemEntries: 0, bytesRead };
  }
}

/** Gives messages their instants and ids; holds the counters of one import. */
function messageMaker(
  urn: string,
  timeZone: string,
): (open: readonly OpenMessage[]) => Promise<readonly ChatMessage[]> {
  const toInstant = wallClockConverter(timeZone);
  const withinMoment = new OccurrenceCounter();
  const equal = new OccurrenceCounter();
  return (open) => {
    const written = open.flatMap(({ wall, sender, lines }) => {
      const text = lines.join('\n').trim();
      return text === '' ? [] : [{ wall, sender, text }];
    });
    return Promise.all(
      written.map(async ({ wall, sender, text }) => {
        const time = wallClockText(wall);
        const step = Math.min(withinMoment.next(time), wall.second === null ? 59_999 : 999);
        const occurrence = equal.next(JSON.stringify([time, sender, text]));
        const identity = { conversationUrn: urn, time, senderId: sender, text, occurrence };
        return textMessage({
          id: await stableId(identity),
          conversationUrn: urn,
          senderId: sender,
          sentTimestamp: new Date(toInstant(wall) + step).toISOString(),
          text,
        });
      }),
    );
  };
}
