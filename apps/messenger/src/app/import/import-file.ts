import { parseCorpusLine, readCorpus } from './corpus-importer';
import {
  type ImportInspection,
  type ImportOptions,
  type ImportSource,
  type ImportStep,
  type InspectedImport,
} from './import-types';
import { readLines } from './read-chunks';
import { readTelegram } from './telegram-importer';
import { readWhatsApp } from './whatsapp-importer';
import { inspectWhatsApp } from './whatsapp-layout';
import { parseWhatsAppHeader } from './whatsapp-line';

const LINES_LOOKED_AT = 50;
const FORMATS =
  'Chat Vault reads WhatsApp’s _chat.txt, Telegram’s result.json and newline-delimited JSON.';

/** Tells the format of a file by what is in it, whatever its name. A WhatsApp export is read to its end for this. */
export async function inspectImport(source: ImportSource): Promise<ImportInspection> {
  const lines = await firstLines(source);
  const [first = ''] = lines;
  if (first.startsWith('PK')) {
    return {
      kind: 'unsupported',
      reason: 'This is a ZIP file: unpack it and choose the text in it.',
    };
  }
  if (first.trimStart().startsWith('{')) {
    const isCorpus = lines.some((line) => typeof parseCorpusLine(line) !== 'string');
    return { kind: 'ready', format: isCorpus ? 'corpus' : 'telegram' };
  }
  if (lines.some((line) => parseWhatsAppHeader(line) !== null)) return inspectWhatsApp(source);
  const reason = first === '' ? 'The file is empty.' : `This is no chat export. ${FORMATS}`;
  return { kind: 'unsupported', reason };
}

/** Reads an inspected file; each step is one chunk of it. */
export function readImport(
  source: ImportSource,
  inspection: InspectedImport,
  options: ImportOptions,
): AsyncGenerator<ImportStep> {
  switch (inspection.format) {
    case 'corpus':
      return readCorpus(source);
    case 'telegram':
      return readTelegram(source, options);
    case 'whatsapp':
      return readWhatsApp(source, inspection.layout, options);
  }
}

async function firstLines(source: ImportSource): Promise<readonly string[]> {
  const found: string[] = [];
  for await (const { lines } of readLines(source)) {
    found.push(...lines.filter((line) => line.trim() !== ''));
    if (found.length >= LINES_LOOKED_AT) break;
  }
  return found.slice(0, LINES_LOOKED_AT);
}
