import { expect, type Locator, type Page } from '@playwright/test';

/** A message as the thread shows it. */
export interface ShownMessage {
  readonly id: string;
  readonly text: string;
}

/** A line of the conversation list as the page shows it. */
export interface ShownConversation {
  readonly urn: string;
  readonly title: string;
  readonly lastActivity: string;
}

/** Pixels scrolled up at once while a whole thread is read: less than the rows that are in the page outside of the window. */
const STEP_PX = 900;

/** The messenger in a page, as a person works with it. */
export class Messenger {
  readonly page: Page;
  readonly syncState: Locator;
  readonly syncNow: Locator;
  readonly composer: Locator;
  readonly thread: Locator;
  readonly conversations: Locator;
  readonly messages: Locator;

  constructor(page: Page) {
    this.page = page;
    this.syncState = page.getByTestId('sync-state');
    this.syncNow = page.getByTestId('sync-now');
    this.composer = page.getByTestId('composer');
    this.thread = page.getByTestId('thread');
    this.conversations = page.getByTestId('conversation');
    this.messages = page.getByTestId('message');
  }

  /** Imports the chat that the server offers, by the one click of the first page. */
  async importSample(): Promise<void> {
    await this.page.getByTestId('welcome-sample').first().click();
    await expect(this.page.getByTestId('import-done')).toBeVisible({ timeout: 30_000 });
  }

  /** Chooses a file in the import dialog; what it asks is left to the caller. */
  async chooseImport(file: ImportFile): Promise<void> {
    await this.page.getByTestId('import').click();
    await this.page.getByTestId('import-file').setInputFiles(file);
  }

  /** Imports newline-delimited JSON and closes the dialog. */
  async importText(name: string, text: string): Promise<void> {
    const mimeType = 'application/x-ndjson';
    await this.chooseImport({ name, mimeType, buffer: Buffer.from(text) });
    await expect(this.page.getByTestId('import-done')).toBeVisible({ timeout: 40_000 });
    await this.page.getByTestId('import-open').click();
  }

  /** Lets a file fall on the window, as from the desktop. */
  async dropFile(name: string, text: string): Promise<void> {
    const transfer = await this.page.evaluateHandle(
      ([name, text]) => {
        const transfer = new DataTransfer();
        transfer.items.add(new File([text], name, { type: 'text/plain' }));
        return transfer;
      },
      [name, text] as const,
    );
    for (const type of ['dragenter', 'dragover', 'drop']) {
      await this.page.dispatchEvent('main', type, { dataTransfer: transfer });
    }
  }

  /** Fills in the form of the storage page, as far as the server does not know it, and sends it. */
  async enterPassword(password: string): Promise<void> {
    await this.page.getByTestId('open-storage').click();
    await this.page.getByTestId('webdav-password').fill(password);
    await this.page.getByTestId('webdav-connect').click();
  }

  /** Connects the demo cloud; ends when the first sync has. */
  async connect(password: string): Promise<void> {
    await this.enterPassword(password);
    await this.expectBackedUp();
  }

  /** Waits until the storage page says that nothing is left to do. */
  async expectBackedUp(): Promise<void> {
    await expect(this.page.getByTestId('storage-status')).toHaveText('Everything is backed up', {
      timeout: 60_000,
    });
  }

  /** Presses "Sync now" and waits for the end of that sync, whatever its outcome. */
  async sync(): Promise<void> {
    const asked = this.page.waitForRequest((request) => request.url().includes('/dav/'));
    await this.syncNow.click();
    await asked;
    await expect(this.syncNow).toBeEnabled({ timeout: 20_000 });
  }

  async openConversation(title: string): Promise<void> {
    await this.conversations
      .filter({ has: this.page.getByText(title, { exact: true }) })
      .first()
      .click();
    await expect(this.page.getByTestId('thread-title')).toHaveText(title);
  }

  async startConversation(title: string): Promise<void> {
    await this.page.getByTestId('new-conversation').click();
    await this.page.getByTestId('new-conversation-name').fill(title);
    await this.page.getByTestId('start-conversation').click();
    await expect(this.page.getByTestId('thread-title')).toHaveText(title);
  }

  async send(text: string): Promise<void> {
    await this.composer.fill(text);
    await this.composer.press('Enter');
    await expect(this.message(text)).toBeInViewport({ ratio: 1 });
  }

  /** The message with exactly this text. */
  message(text: string): Locator {
    return this.messages.filter({ has: this.page.getByText(text, { exact: true }) });
  }

  async edit(text: string, newText: string): Promise<void> {
    await this.#openMenu(text);
    await this.page.getByTestId('edit').click();
    await expect(this.composer).toHaveValue(text);
    await this.composer.fill(newText);
    await this.composer.press('Enter');
    await expect(this.message(newText)).toContainText('edited');
  }

  async delete(text: string): Promise<void> {
    await this.#openMenu(text);
    await this.page.getByTestId('delete').click();
    await this.page.getByTestId('confirm').click();
    await expect(this.message(text)).toHaveCount(0);
  }

  /** Gives the first reaction of the palette, or takes it back. */
  async react(text: string): Promise<void> {
    await this.#openMenu(text);
    await this.page.getByTestId('react-0').click();
    await expect(this.page.getByTestId('message-actions')).toHaveCount(0);
  }

  async clearConversation(): Promise<void> {
    await this.page.getByTestId('clear-conversation').click();
    await this.page.getByTestId('confirm').click();
    await expect(this.page.getByTestId('thread-empty')).toBeVisible();
  }

  /** The lines that are on the screen, from the top. */
  async shownConversations(): Promise<readonly ShownConversation[]> {
    return this.conversations.evaluateAll((lines) =>
      lines.map((line) => ({
        urn: line.getAttribute('data-urn') ?? '',
        title: line.querySelector('.title')?.textContent?.trim() ?? '',
        lastActivity: line.querySelector('time')?.getAttribute('datetime') ?? '',
      })),
    );
  }

  /** How many conversations the list has, also those that are not on the screen. */
  async conversationCount(): Promise<number> {
    const line = this.page.getByTestId('conversation-list').locator('li').first();
    return Number(await line.getAttribute('aria-setsize'));
  }

  /** The messages that are in the page, oldest first. */
  async shownMessages(): Promise<readonly ShownMessage[]> {
    return this.messages.evaluateAll((rows) =>
      rows.map((row) => ({
        id: row.getAttribute('data-message-id') ?? '',
        text: row.querySelector('[data-testid=message-text]')?.textContent ?? '',
      })),
    );
  }

  async scrollThread(byPx: number): Promise<void> {
    await this.thread.evaluate((thread, byPx) => thread.scrollBy(0, byPx), byPx);
  }

  /** Scrolls from the newest message to the beginning, and gives all messages that were shown, oldest first. */
  async readWholeThread(): Promise<readonly ShownMessage[]> {
    return this.thread.evaluate(scrollToStart, STEP_PX);
  }

  async #openMenu(text: string): Promise<void> {
    const message = this.message(text);
    await message.hover();
    await message.getByTestId('message-menu').click();
  }
}

/** What a file chooser takes: a path, or a name with content. */
type ImportFile =
  string | { readonly name: string; readonly mimeType: string; readonly buffer: Buffer };

/**
 * Runs in the page: scrolls up frame by frame, so that rows on the screen overlap from one step to the next.
 * @throws Error when they do not, that is when something was skipped
 */
async function scrollToStart(thread: Element, stepPx: number): Promise<readonly ShownMessage[]> {
  const nextFrame = () => new Promise((resolve) => requestAnimationFrame(resolve));
  let read: readonly ShownMessage[] = [];
  for (;;) {
    const shown = [...thread.querySelectorAll('article')].map((row) => ({
      id: row.getAttribute('data-message-id') ?? '',
      text: row.querySelector('[data-testid=message-text]')?.textContent ?? '',
    }));
    const seam = shown.findIndex(({ id }) => id === read[0]?.id);
    const isInside = read.some(({ id }) => id === shown.at(-1)?.id);
    if (read.length > 0 && seam < 0 && !isInside) throw new Error('The thread skipped messages.');
    const above = read.length === 0 ? shown : shown.slice(0, Math.max(0, seam));
    read = [...above, ...read];
    const isAtStart = thread.querySelector('[data-testid=thread-start]') !== null;
    if (isAtStart && above.length === 0 && thread.scrollTop === 0) return read;
    thread.scrollBy(0, -stepPx);
    await nextFrame();
    await nextFrame();
  }
}
