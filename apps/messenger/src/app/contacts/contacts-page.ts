import { Component, computed, inject, signal } from '@angular/core';
import { RouterLink } from '@angular/router';
import { EntityRepositories } from '@chat-vault/chat-sync/entities';
import { Conversations } from '../conversations/conversations';
import { Preferences } from '../device/preferences';
import { Avatar } from '../ui/avatar';
import { Icon } from '../ui/icon';
import { contactColour } from './contact-colours';
import { ContactDialog } from './contact-dialog';
import { Contacts } from './contacts';

/** Those of whom the person said something, and others who wrote last in some conversation. */
@Component({
  selector: 'cv-contacts-page',
  imports: [Avatar, ContactDialog, Icon, RouterLink],
  templateUrl: './contacts-page.html',
  styleUrl: './contacts-page.css',
})
export class ContactsPage {
  readonly #contacts = inject(Contacts);
  readonly #ownSenderIds = inject(Preferences).ownSenderIds;
  readonly #conversations = inject(Conversations);
  protected readonly isReady = inject(EntityRepositories).isReady;

  protected readonly contacts = computed(() =>
    this.#contacts.all().map(({ senderId, name, colour, note }) => ({
      senderId,
      name: name || senderId,
      colour: contactColour(colour),
      detail: note || (name === '' ? '' : senderId),
    })),
  );
  /** Without a contact yet, by the alphabet. */
  protected readonly others = computed(() => {
    const senders = this.#conversations.summaries().map(({ lastMessage }) => lastMessage?.senderId);
    const others = new Set(senders.filter((senderId) => senderId !== undefined));
    return [...others]
      .filter((senderId) => !this.#ownSenderIds().has(senderId) && !this.#contacts.has(senderId))
      .sort((a, b) => a.localeCompare(b));
  });
  /** The sender id of the contact that is looked at. */
  protected readonly open = signal<string | null>(null);
}
