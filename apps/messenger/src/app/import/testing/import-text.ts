import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { messageText } from '../../messages/text-message';
import { inspectImport, readImport } from '../import-file';
import { type BadLine, type ImportOptions, type ImportSource } from '../import-types';

/** One imported message, in the words of a test. */
export interface ImportedMessage {
  readonly id: string;
  readonly conversationUrn: string;
  readonly sender: string;
  readonly sentTimestamp: string;
  readonly text: string;
}

/** All that an import gave. */
export interface ImportedFile {
  readonly messages: readonly ImportedMessage[];
  readonly badLines: readonly BadLine[];
  readonly systemEntries: number;
}

const FIXTURES = join(import.meta.dirname, '../../../../fixtures');

/** A source of bytes, handed out in small chunks so that every seam between chunks is met. */
export function sourceOf(
  name: string,
  content: string | Uint8Array,
  chunkBytes = 37,
): ImportSource {
  const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
  return {
    name,
    size: bytes.byteLength,
    stream: () =>
      new ReadableStream<Uint8Array>({
        start(controller) {
          for (let at = 0; at < bytes.byteLength; at += chunkBytes) {
            controller.enqueue(bytes.slice(at, at + chunkBytes));
          }
          controller.close();
        },
      }),
  };
}

/** A file of `apps/messenger/fixtures`. */
export function fixture(path: string): ImportSource {
  return sourceOf(path.split('/').at(-1) ?? path, readFileSync(join(FIXTURES, path)));
}

/** Inspects and reads a source to its end; times without a zone are read as UTC unless told otherwise. */
export async function importAll(
  source: ImportSource,
  options: Partial<ImportOptions> = {},
): Promise<ImportedFile> {
  const inspection = await inspectImport(source);
  if (inspection.kind === 'unsupported') throw new Error(inspection.reason);
  const messages: ImportedMessage[] = [];
  const badLines: BadLine[] = [];
  let systemEntries = 0;
  const full = { timeZone: 'UTC', name: 'Test chat', ...options };
  for await (const step of readImport(source, inspection, full)) {
    badLines.push(...step.badLines);
    systemEntries += step.systemEntries;
    for (const message of step.messages) {
      const { id, conversationUrn, senderId: sender, sentTimestamp } = message;
      messages.push({ id, conversationUrn, sender, sentTimestamp, text: messageText(message) });
    }
  }
  return { messages, badLines, systemEntries };
}
