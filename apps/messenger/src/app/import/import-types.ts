import { type ChatMessage } from '@chat-vault/core';

/** What can be imported: the corpus format (newline-delimited JSON), WhatsApp's `_chat.txt`, Telegram's `result.json`. */
export type ImportFormat = 'corpus' | 'whatsapp' | 'telegram';

/** What importers read: a `File`, or anything with its name, size and bytes. */
export interface ImportSource {
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  stream(): ReadableStream<Uint8Array>;
}

/** A line that was not imported, and why; shown to the person. */
export interface BadLine {
  /** From 1. */
  readonly line: number;
  readonly reason: string;
}

/** One step of an import: what was read from one chunk of the file. */
export interface ImportStep {
  readonly messages: readonly ChatMessage[];
  readonly badLines: readonly BadLine[];
  /** Entries that are no messages: joins, calls, pinned messages, encryption notices. */
  readonly systemEntries: number;
  /** Bytes of the file read so far. */
  readonly bytesRead: number;
}

/** Whether `2/11/19` is in November or in February. */
export type DateOrder = 'day-first' | 'month-first';

/** A date of the file, as each order reads it (`2019-11-02`). */
export interface DateExample {
  readonly text: string;
  readonly dayFirst: string;
  readonly monthFirst: string;
}

/** How the lines of one WhatsApp export look. */
export interface WhatsAppLayout {
  /** The shape that starts a message; lines of another shape are text that someone pasted. `null`: any shape. */
  readonly shape: string | null;
  readonly dateOrder: DateOrder;
}

/** What a look at the whole file, or its beginning, told. */
export type ImportInspection =
  | { readonly kind: 'ready'; readonly format: 'corpus' | 'telegram' }
  | {
      readonly kind: 'ready';
      readonly format: 'whatsapp';
      readonly layout: WhatsAppLayout;
      /** From the file's name, or from who writes in it. */
      readonly suggestedName: string;
    }
  | {
      readonly kind: 'needs';
      readonly needs: 'date-order';
      readonly format: 'whatsapp';
      readonly layout: WhatsAppLayout;
      readonly suggestedName: string;
      readonly examples: readonly DateExample[];
    }
  | { readonly kind: 'unsupported'; readonly reason: string };

/** An inspection that can go on to an import. */
export type InspectedImport = Exclude<ImportInspection, { readonly kind: 'unsupported' }>;

/** What the person chose. */
export interface ImportOptions {
  /** IANA name of the zone in which times without a zone are read. */
  readonly timeZone: string;
  /** Name of the conversation, for files that do not say it. */
  readonly name: string;
  /** Answer to `needs: 'date-order'`. */
  readonly dateOrder?: DateOrder;
}
