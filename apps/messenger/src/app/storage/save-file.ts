import { DOCUMENT, InjectionToken, inject } from '@angular/core';

/** Where a file goes. */
export interface FileTarget {
  /** Writes it; when the stream fails nothing is kept, and it rejects the same way. */
  save(stream: ReadableStream<Uint8Array<ArrayBuffer>>, fileName: string): Promise<void>;
  /** Takes back what choosing the place made. */
  discard(): Promise<void>;
}

/** Asks where a file is to go; call it from a click, before anything slow. `null` when the person did not choose. */
export type ChooseFileTarget = (fileName: string) => Promise<FileTarget | null>;

/** A file handle that can remove its file; not in all browsers and not yet in TypeScript's library. */
type SavedHandle = FileSystemFileHandle & { remove?(): Promise<void> };
interface SavingWindow {
  showSaveFilePicker?(options: {
    readonly suggestedName: string;
    readonly types: readonly object[];
  }): Promise<SavedHandle>;
}

/** The browser's dialog where there is one, so that a file of any size goes straight to the disk; else a download. */
export const CHOOSE_FILE_TARGET = new InjectionToken<ChooseFileTarget>('CHOOSE_FILE_TARGET', {
  factory: () => {
    const document = inject(DOCUMENT);
    const window: (Window & SavingWindow) | null = document.defaultView;
    return window?.showSaveFilePicker
      ? (fileName) => pickTarget(window, fileName)
      : async () => downloadTarget(document);
  },
});

/** How long the browser may take to begin a download. */
const DOWNLOAD_BEGINS_MS = 60_000;

async function pickTarget(window: SavingWindow, fileName: string): Promise<FileTarget | null> {
  const types = [{ description: 'ZIP file', accept: { 'application/zip': ['.zip'] } }];
  let handle: SavedHandle | undefined;
  try {
    handle = await window.showSaveFilePicker?.({ suggestedName: fileName, types });
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') return null; // closed
    throw error;
  }
  if (!handle) return null;
  const file = handle;
  return {
    save: async (stream) => stream.pipeTo(await file.createWritable()),
    discard: async () => file.remove?.().catch(() => undefined),
  };
}

const downloadTarget = (document: Document): FileTarget => ({
  save: async (stream, fileName) =>
    saveDownload(document, await new Response(stream).blob(), fileName),
  discard: async () => undefined,
});

/** Saves a file where the browser puts its downloads. */
export function saveDownload(document: Document, file: Blob, fileName: string): void {
  const url = URL.createObjectURL(file);
  const link = document.createElement('a');
  Object.assign(link, { href: url, download: fileName });
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), DOWNLOAD_BEGINS_MS);
}
