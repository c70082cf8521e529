import { type ChatMessage } from '@chat-vault/core';
import { conversationUrn } from '../conversations/conversation-urn';
import { textMessage } from '../messages/text-message';
import { type BadLine, type ImportSource, type ImportStep } from './import-types';
import { readLines } from './read-chunks';

const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:?\d\d)$/;

/**
 * Reads newline-delimited JSON, one `{ id, conversation, sender, sentAt, text }` a line. Ids and instants are the file's own, so
 * importing twice gives the same messages.
 */
export async function* readCorpus(source: ImportSource): AsyncGenerator<ImportStep> {
  for await (const { lines, firstLine, bytesRead } of readLines(source)) {
    const messages: ChatMessage[] = [];
    const badLines: BadLine[] = [];
    for (const [index, line] of lines.entries()) {
      if (line.trim() === '') continue;
      const parsed = parseCorpusLine(line);
      if (typeof parsed === 'string') badLines.push({ line: firstLine + index, reason: parsed });
      else messages.push(parsed);
    }
    yield { messages, badLines, systemEntries: 0, bytesRead };
  }
}

/** The message of a line, or why there is none. */
export function parseCorpusLine(line: string): ChatMessage | string {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return 'This line is not JSON.'; // the parser's own message may quote what people wrote
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return 'This line is not a JSON object.';
  }
  const fields = value as Record<string, unknown>;
  for (const name of ['id', 'conversation', 'sender', 'sentAt', 'text']) {
    if (typeof fields[name] !== 'string') return `"${name}" is missing or is not a text.`;
    if (fields[name] === '') return `"${name}" is empty.`;
  }
  const { id, conversation, sender, sentAt, text } = fields as Record<string, string>;
  const sent = INSTANT.test(sentAt ?? '') ? Date.parse(sentAt ?? '') : NaN;
  if (Number.isNaN(sent)) return '"sentAt" is not an instant such as 2024-01-31T10:15:30.123Z.';
  return textMessage({
    id: id ?? '',
    conversationUrn: conversationUrn('room', conversation ?? ''),
    senderId: sender ?? '',
    sentTimestamp: new Date(sent).toISOString(),
    text: text ?? '',
  });
}
