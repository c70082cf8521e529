import { type ChatMessage } from '@chat-vault/core';
import { telegramConversationUrn } from '../conversations/conversation-urn';
import {
  type BadLine,
  type ImportOptions,
  type ImportSource,
  type ImportStep,
} from './import-types';
import { JsonArrayScanner, type ScanEvent } from './json-array-scanner';
import { readText } from './read-chunks';
import { TelegramMessageMaker } from './telegram-message';

/** `name` and `id` of the chat that is being read, by depth of its object. */
type ChatHeaders = Map<number, { name?: string; id?: string }>;

/**
 * Reads Telegram's `result.json`, of one chat or of the whole account, without holding the file. A chat without a name (an
 * account that is gone) is called by `options.name`.
 */
export async function* readTelegram(
  source: ImportSource,
  options: ImportOptions,
): AsyncGenerator<ImportStep> {
  const scanner = new JsonArrayScanner('messages');
  const maker = new TelegramMessageMaker(options.timeZone);
  const headers: ChatHeaders = new Map();
  let bytesRead = 0;
  for await (const chunk of readText(source)) {
    bytesRead = chunk.bytesRead;
    const scanned = scan(scanner, chunk.text);
    const step = await toStep(scanned.events, { headers, maker, name: options.name });
    const badLines = [...step.badLines, ...scanned.badLines];
    yield { ...step, badLines, bytesRead };
    if (scanned.badLines.length > 0) return;
  }
  if (!scanner.isComplete) {
    const reason = 'The file ends in the middle; what is above was imported.';
    yield { messages: [], badLines: [{ line: scanner.line, reason }], systemEntries: 0, bytesRead };
  }
}

/** After a syntax error nothing further of the file can be trusted, so reading stops there. */
function scan(
  scanner: JsonArrayScanner,
  text: string,
): { readonly events: readonly ScanEvent[]; readonly badLines: readonly BadLine[] } {
  const events: ScanEvent[] = [];
  try {
    scanner.push(text, events);
    return { events, badLines: [] };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    const reason = `The file is not valid JSON from here on (${error.message}).`;
    return { events, badLines: [{ line: scanner.line, reason }] };
  }
}

async function toStep(
  events: readonly ScanEvent[],
  context: {
    readonly headers: ChatHeaders;
    readonly maker: TelegramMessageMaker;
    readonly name: string;
  },
): Promise<Omit<ImportStep, 'bytesRead'>> {
  const messages: ChatMessage[] = [];
  const badLines: BadLine[] = [];
  let systemEntries = 0;
  for (const event of events) {
    if (event.kind === 'end') context.headers.delete(event.depth);
    else if (event.kind === 'scalar') noteHeader(context.headers, event);
    else {
      const { name = context.name, id = '' } = context.headers.get(event.depth) ?? {};
      const entry = await context.maker.make(event.json, telegramConversationUrn(id, name));
      if (entry.kind === 'message') messages.push(entry.message);
      else if (entry.kind === 'bad') badLines.push({ line: event.line, reason: entry.reason });
      else systemEntries += 1;
    }
  }
  return { messages, badLines, systemEntries };
}

function noteHeader(
  headers: ChatHeaders,
  { depth, key, json }: Extract<ScanEvent, { kind: 'scalar' }>,
): void {
  if (key !== 'name' && key !== 'id') return;
  const header = headers.get(depth) ?? {};
  headers.set(depth, header);
  try {
    const value: unknown = JSON.parse(json);
    if (typeof value === 'string' && value.trim() !== '') header[key] = value;
    if (typeof value === 'number') header[key] = String(value);
  } catch {
    // A header that is not JSON names nothing; the entries of the chat are still read.
  }
}
