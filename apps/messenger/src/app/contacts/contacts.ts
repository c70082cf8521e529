import { Service, computed } from '@angular/core';
import { type ContactColour, contactColour } from './contact-colours';
import { injectEntities } from '../entities/entities-by-subject';
import { type Contact } from '../entities/entity-types';

/** How somebody who writes is shown. */
export interface Person {
  readonly name: string;
  /** `null`: a colour made of the sender's own name. */
  readonly colour: ContactColour | null;
}

/** What a person says of a contact. */
export type ContactFields = Pick<Contact, 'name' | 'colour' | 'note'>;

const NOTHING: ContactFields = { name: '', colour: null, note: '' };

/** Those who write, under the names and in the colours that the person gave them. */
@Service()
export class Contacts {
  readonly #contacts = injectEntities('Contact');

  /** By the name that is shown. */
  readonly all = computed((): readonly Contact[] =>
    [...this.#contacts.all().values()].sort((a, b) =>
      (a.name || a.senderId).localeCompare(b.name || b.senderId),
    ),
  );

  /** What was said of a sender. */
  fieldsOf(senderId: string): ContactFields {
    const { name, colour, note } = { ...NOTHING, ...this.#contacts.of(senderId) };
    return { name, colour, note };
  }

  /** Whether something was said of a sender. */
  has(senderId: string): boolean {
    return this.#contacts.of(senderId) !== null;
  }

  /** How a sender is shown. */
  person(senderId: string): Person {
    const { name, colour } = this.fieldsOf(senderId);
    return { name: name || senderId, colour: contactColour(colour) };
  }

  /**
   * Changes the given fields and leaves the others as they are; of whom nothing is said any more is no contact.
   * @throws ChatVaultError
   */
  async change(senderId: string, fields: Partial<ContactFields>): Promise<void> {
    await this.#contacts.update(senderId, (current) => {
      const contact = { ...NOTHING, ...current, senderId, ...fields };
      const isEmpty = contact.name === '' && contact.colour === null && contact.note === '';
      return isEmpty ? null : contact;
    });
  }

  /** Takes all of it back, on all devices. @throws ChatVaultError */
  async remove(senderId: string): Promise<void> {
    await this.#contacts.update(senderId, () => null);
  }
}
