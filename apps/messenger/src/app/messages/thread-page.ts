import { Component, computed, inject, input, linkedSignal, viewChild } from '@angular/core';
import { RouterLink } from '@angular/router';
import { injectConversation } from '@chat-vault/chat-sync';
import { ContactDialog } from '../contacts/contact-dialog';
import { AllConversationSettings } from '../conversations/settings/conversation-settings';
import { SettingsDialog } from '../conversations/settings/settings-dialog';
import { LiveConversations } from '../live/live-conversations';
import { LiveMenu } from '../live/live-menu';
import { LiveMessages } from '../live/live-messages';
import { LiveState } from '../live/live-state';
import { WritingBarView } from '../live/writing-bar';
import { Avatar } from '../ui/avatar';
import { Confirm } from '../ui/confirm';
import { Icon } from '../ui/icon';
import { problemText } from '../ui/problem-text';
import { Toasts } from '../ui/toasts';
import { Composer } from './composer';
import { Drafts } from './drafts';
import { MessageActions } from './message-actions';
import { type MessageCommand, MessageMenu } from './message-menu';
import { MessageThread } from './message-thread';
import { type MessageRow, messageKey } from './thread-rows';
import { messageText } from './text-message';
import { Preferences } from '../device/preferences';

const PAGE_SIZE = 60;

/** One conversation: its messages and where to write. */
@Component({
  selector: 'cv-thread-page',
  imports: [
    Avatar,
    Composer,
    ContactDialog,
    Icon,
    LiveMenu,
    LiveState,
    MessageMenu,
    MessageThread,
    RouterLink,
    SettingsDialog,
    WritingBarView,
  ],
  templateUrl: './thread-page.html',
  styleUrl: './thread-page.css',
})
export class ThreadPage {
  /** From the route. */
  readonly urn = input.required<string>();

  readonly #actions = inject(MessageActions);
  readonly #live = inject(LiveConversations);
  readonly #liveMessages = inject(LiveMessages);
  readonly #confirm = inject(Confirm);
  readonly #ownSenderIds = inject(Preferences).ownSenderIds;
  readonly #settings = inject(AllConversationSettings);
  readonly #toasts = inject(Toasts);
  protected readonly drafts = inject(Drafts);

  protected readonly conversation = injectConversation(() => ({
    conversationUrn: this.urn(),
    pageSize: PAGE_SIZE,
  }));
  protected readonly name = computed(() => this.#settings.nameOf(this.urn()));
  /** What stands under the title: where it belongs, and its labels. */
  protected readonly below = computed(() =>
    [this.name().place, ...this.#settings.of(this.urn()).labels]
      .filter((part) => part !== '')
      .join(' · '),
  );
  /** Why nothing can be written here; `null` when it can. */
  protected readonly writingBar = computed(() => this.#live.barOf(this.urn()));
  protected readonly problem = computed(() => {
    const error = this.conversation.error();
    return error ? `${problemText(error).heading}. Older messages may be missing.` : '';
  });
  protected readonly openMenu = linkedSignal<
    string,
    { readonly row: MessageRow; readonly anchor: HTMLElement } | null
  >({ source: this.urn, computation: () => null });
  /** The sender id of the contact that is looked at. */
  protected readonly openSender = linkedSignal<string, string | null>({
    source: this.urn,
    computation: () => null,
  });
  protected readonly hasSettings = linkedSignal({ source: this.urn, computation: () => false });
  readonly #editedRow = linkedSignal<string, MessageRow | null>({
    source: this.urn,
    computation: () => null,
  });
  protected readonly editing = computed(() => {
    const row = this.#editedRow();
    return row === null ? null : { key: row.key, text: row.text };
  });
  private readonly thread = viewChild(MessageThread);
  private readonly composer = viewChild(Composer);

  protected async write(text: string): Promise<void> {
    const row = this.#editedRow();
    this.#editedRow.set(null);
    if (row !== null) {
      if (row.text !== text) await this.#do(() => this.#actions.edit(row.message, text));
      return;
    }
    const urn = this.urn();
    const isSent = await this.#do(() => this.#actions.send(urn, text));
    const isOpen = urn === this.urn();
    if (!isSent) return this.#takeBack(urn, text);
    // Only now: a page that dies before has the draft still. What was begun meanwhile stays.
    if (this.drafts.of(urn).trim() === text) this.drafts.keep(urn, '');
    if (isOpen) this.thread()?.showNewest();
  }

  protected async run(command: MessageCommand, row: MessageRow): Promise<void> {
    this.openMenu.set(null);
    switch (command) {
      case 'copy':
        return this.#copy(row.text);
      case 'contact':
        this.openSender.set(row.message.senderId);
        return;
      case 'edit':
        this.#editedRow.set(row);
        return;
      case 'delete':
        return this.#delete(row);
      case 'retry':
        await this.#do(() => this.#actions.retry(row.message));
    }
  }

  protected isRefused({ message }: MessageRow): boolean {
    return this.#liveMessages.sendingOf(message)?.state === 'refused';
  }

  /** What others wrote live only they delete. */
  protected mayDelete({ isOwn, message }: MessageRow): boolean {
    return isOwn || !this.#liveMessages.takes(message.conversationUrn);
  }

  protected async react(row: MessageRow, emoji: string): Promise<void> {
    this.openMenu.set(null);
    await this.#do(() => this.#actions.react(row, emoji));
  }

  protected editLast(): void {
    const own = this.conversation
      .messages()
      .find(({ senderId }) => this.#ownSenderIds().has(senderId));
    if (own === undefined) return;
    const row = {
      kind: 'message' as const,
      key: messageKey(own),
      message: own,
      text: messageText(own),
    };
    this.#editedRow.set({ ...row, isOwn: true, isGroupStart: true, reactions: [] });
  }

  protected stopEditing(): void {
    this.#editedRow.set(null);
    this.composer()?.focus();
  }

  protected async clear(): Promise<void> {
    const isConfirmed = await this.#confirm.ask({
      heading: 'Clear this conversation?',
      text: `All messages of “${this.name().title}” are deleted, on all your devices and in the cloud. This cannot be undone.`,
      confirmLabel: 'Clear conversation',
    });
    if (!isConfirmed) return;
    if (await this.#do(() => this.#actions.clear(this.urn())))
      this.#toasts.tell('Conversation cleared');
  }

  protected markRead(): void {
    if (document.visibilityState === 'visible')
      void this.#do(() => this.#actions.markRead(this.urn()));
  }

  /** What could not be sent is in the box again, before what was begun meanwhile. */
  #takeBack(urn: string, text: string): void {
    const begun = this.drafts.of(urn);
    const draft = ['', text].includes(begun.trim()) ? text : `${text}\n${begun}`;
    this.drafts.keep(urn, draft);
    if (urn === this.urn()) this.composer()?.show(draft);
  }

  async #delete(row: MessageRow): Promise<void> {
    const isConfirmed = await this.#confirm.ask({
      heading: 'Delete this message?',
      text: 'It is deleted on all your devices and in the cloud. This cannot be undone.',
      confirmLabel: 'Delete',
    });
    if (isConfirmed) await this.#do(() => this.#actions.delete(row.message));
  }

  async #copy(text: string): Promise<void> {
    try {
      await navigator.clipboard.writeText(text);
      this.#toasts.tell('Text copied');
    } catch {
      this.#toasts.fail('The browser does not allow copying here.');
    }
  }

  /** Runs an action and says what went wrong; whether it went right. */
  async #do(action: () => Promise<void>): Promise<boolean> {
    try {
      await action();
      return true;
    } catch (error) {
      const { heading, advice } = problemText(error);
      this.#toasts.fail(`${heading}. ${advice}`);
      return false;
    }
  }
}
