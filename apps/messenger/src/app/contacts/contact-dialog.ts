import { Component, computed, inject, input, linkedSignal, output } from '@angular/core';
import { Avatar } from '../ui/avatar';
import { Dialog } from '../ui/dialog';
import { Icon } from '../ui/icon';
import { problemText } from '../ui/problem-text';
import { Toasts } from '../ui/toasts';
import { COLOUR_NAMES, CONTACT_COLOURS, contactColour, toCss } from './contact-colours';
import { type ContactFields, Contacts } from './contacts';

/** What the person says of somebody who writes. What is changed elsewhere meanwhile shows, but for what was typed here. */
@Component({
  selector: 'cv-contact-dialog',
  imports: [Avatar, Dialog, Icon],
  templateUrl: './contact-dialog.html',
  styleUrls: ['../ui/dialog-body.css', './contact-dialog.css'],
})
export class ContactDialog {
  readonly senderId = input.required<string>();
  readonly dismissed = output();

  readonly #contacts = inject(Contacts);
  readonly #toasts = inject(Toasts);
  protected readonly colours = COLOUR_NAMES.map((name) => {
    const { label, soft, ink } = CONTACT_COLOURS[name];
    return { name, label, soft: toCss(soft), ink: toCss(ink) };
  });

  protected readonly hasContact = computed(() => this.#contacts.has(this.senderId()));
  /** What was changed here and is not saved. */
  readonly #changes = linkedSignal<string, Partial<ContactFields>>({
    source: this.senderId,
    computation: () => ({}),
  });
  protected readonly fields = computed(() => ({
    ...this.#contacts.fieldsOf(this.senderId()),
    ...this.#changes(),
  }));
  /** How the sender will be shown. */
  protected readonly person = computed(() => ({
    name: this.fields().name.trim() || this.senderId(),
    colour: contactColour(this.fields().colour),
  }));

  protected change(changes: Partial<ContactFields>): void {
    this.#changes.update((before) => ({ ...before, ...changes }));
  }

  protected async save(): Promise<void> {
    const { name, note, ...rest } = this.#changes();
    const isSaved = await this.#do(() =>
      this.#contacts.change(this.senderId(), {
        ...rest,
        ...(name !== undefined && { name: name.trim().replace(/\s+/g, ' ') }),
        ...(note !== undefined && { note: note.trim() }),
      }),
    );
    if (isSaved) this.dismissed.emit();
  }

  protected async remove(): Promise<void> {
    const senderId = this.senderId();
    const before = this.#contacts.fieldsOf(senderId);
    if (!(await this.#do(() => this.#contacts.remove(senderId)))) return;
    this.dismissed.emit();
    this.#toasts.tell('Contact removed', {
      label: 'Undo',
      run: () => void this.#do(() => this.#contacts.change(senderId, before)),
    });
  }

  /** Whether it went right; what went wrong is told. */
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
