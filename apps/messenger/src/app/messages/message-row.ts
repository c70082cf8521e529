import { Component, computed, inject, input, output } from '@angular/core';
import { toCss } from '../contacts/contact-colours';
import { Contacts } from '../contacts/contacts';
import { CLOCK } from '../device/clock';
import { NotSent } from '../live/not-sent';
import { SendingMark } from '../live/sending-mark';
import { Avatar } from '../ui/avatar';
import { Icon } from '../ui/icon';
import { formatClock, formatDay, formatFull } from '../ui/time-format';
import { isEmojiOnly, messageParts } from './message-parts';
import { type MessageRow, type ThreadRow } from './thread-rows';

/** The tag of a message that was changed after it was sent. */
export const EDITED_TAG = 'edited';

/** One line of a thread: a bubble, or the name of a day. */
@Component({
  selector: 'cv-message-row',
  imports: [Avatar, Icon, NotSent, SendingMark],
  templateUrl: './message-row.html',
  styleUrl: './message-row.css',
  host: { '[class.own]': 'message()?.isOwn', '[class.first]': 'message()?.isGroupStart' },
})
export class MessageRowView {
  readonly row = input.required<ThreadRow>();
  /** Whether the menu button can be reached with the Tab key. */
  readonly isTabStop = input(false);
  /** The menu of the message is asked for; the element is where it belongs. */
  readonly menu = output<{ readonly row: MessageRow; readonly anchor: HTMLElement }>();
  readonly react = output<{ readonly row: MessageRow; readonly emoji: string }>();

  /** The sender id of whom more is wanted. */
  readonly contact = output<string>();

  readonly #now = inject(CLOCK);
  readonly #contacts = inject(Contacts);
  protected readonly message = computed(() => {
    const row = this.row();
    return row.kind === 'message' ? row : null;
  });
  /** Who wrote it. */
  protected readonly person = computed(() =>
    this.#contacts.person(this.message()?.message.senderId ?? ''),
  );
  protected readonly ink = computed(() => {
    const { colour } = this.person();
    return colour === null ? null : toCss(colour.ink);
  });
  protected readonly dayLabel = computed(() => {
    const row = this.row();
    return row.kind === 'day' ? formatDay(row.instant, new Date(this.#now())) : '';
  });
  protected readonly parts = computed(() => messageParts(this.message()?.text ?? ''));
  protected readonly isLarge = computed(() => isEmojiOnly(this.message()?.text ?? ''));
  protected readonly isEdited = computed(
    () => this.message()?.message.tags?.includes(EDITED_TAG) ?? false,
  );
  protected readonly clock = computed(() =>
    formatClock(this.message()?.message.sentTimestamp ?? ''),
  );
  protected readonly fullTime = computed(() =>
    formatFull(this.message()?.message.sentTimestamp ?? ''),
  );
}
