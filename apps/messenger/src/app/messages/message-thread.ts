import {
  Component,
  ElementRef,
  afterRenderEffect,
  computed,
  effect,
  inject,
  input,
  linkedSignal,
  output,
  signal,
  untracked,
  viewChild,
  viewChildren,
} from '@angular/core';
import { type Reaction, type StampedMessage } from '@chat-vault/core';
import { injectVirtualizer, type Virtualizer } from '@tanstack/angular-virtual';
import { Contacts } from '../contacts/contacts';
import { Preferences } from '../device/preferences';
import { Icon } from '../ui/icon';
import { MessageRowView } from './message-row';
import { type MessageRow, estimateRowHeight, messageKey, threadRows } from './thread-rows';

/** Rows above the first visible one that are left when older messages are asked for. */
const LOAD_AHEAD_ROWS = 12;
/** Pixels from the end within which the thread follows new messages. */
const END_PX = 80;
/** Browsers round, so the very end may be this far off. */
const AT_END_PX = 2;
/** For so many frames the end is held: rows are measured and the virtualizer settles meanwhile. */
const HOLD_FRAMES = 30;

/**
 * The messages of one conversation, anchored at the bottom. Only rows on the screen are in the page; older messages are added
 * above without moving what is read.
 */
@Component({
  selector: 'cv-message-thread',
  imports: [MessageRowView, Icon],
  templateUrl: './message-thread.html',
  styleUrl: './message-thread.css',
})
export class MessageThread {
  readonly conversationUrn = input.required<string>();
  /** Newest first. */
  readonly messages = input.required<readonly StampedMessage[]>();
  readonly reactions = input<readonly Reaction[]>([]);
  readonly hasOlder = input(false);
  readonly isLoading = input(false);
  /** Why older messages could not be read, in words; `''` when they could. */
  readonly problem = input('');
  readonly loadOlder = output();
  readonly menu = output<{ readonly row: MessageRow; readonly anchor: HTMLElement }>();
  readonly react = output<{ readonly row: MessageRow; readonly emoji: string }>();
  /** The newest message is on the screen. */
  readonly newestSeen = output();

  /** Who wrote it is asked for. */
  readonly contact = output<string>();

  readonly #ownSenderIds = inject(Preferences).ownSenderIds;
  readonly #contacts = inject(Contacts);
  private readonly scroller = viewChild.required<ElementRef<HTMLElement>>('scroller');
  private readonly rowElements = viewChildren<MessageRowView, ElementRef<HTMLElement>>(
    MessageRowView,
    { read: ElementRef },
  );

  /** The oldest message of each page that was loaded; see `ThreadContent.groupStarts`. */
  readonly #groupStarts = linkedSignal<
    { readonly urn: string; readonly oldest: string | null },
    ReadonlySet<string>
  >({
    source: () => {
      const oldest = this.messages().at(-1);
      return { urn: this.conversationUrn(), oldest: oldest ? messageKey(oldest) : null };
    },
    computation: ({ urn, oldest }, previous) => {
      const known = previous?.source.urn === urn ? [...previous.value] : [];
      return new Set(oldest === null ? known : [...known, oldest]);
    },
  });
  protected readonly rows = computed(() =>
    threadRows({
      messages: this.messages(),
      reactions: this.reactions(),
      ownSenderIds: this.#ownSenderIds(),
      nameOf: (senderId) => this.#contacts.person(senderId).name,
      hasOlder: this.hasOlder(),
      groupStarts: this.#groupStarts(),
    }),
  );

  protected readonly virtualizer = injectVirtualizer<HTMLElement, HTMLElement>(() => {
    const rows = this.rows();
    untracked(() => this.#tellScrollOffset());
    return {
      scrollElement: this.scroller(),
      count: rows.length,
      getItemKey: (index) => rows[index]?.key ?? index,
      estimateSize: (index) => {
        const row = rows[index];
        return row === undefined ? 60 : estimateRowHeight(row);
      },
      overscan: 8,
      paddingStart: 56,
      paddingEnd: 12,
      anchorTo: 'end',
      followOnAppend: true,
      scrollEndThreshold: END_PX,
    };
  });
  protected readonly shown = computed(() => {
    const rows = this.rows();
    return this.virtualizer.getVirtualItems().flatMap(({ index, start }) => {
      const row = rows[index];
      return row === undefined ? [] : [{ row, index, start }];
    });
  });

  /** The conversation whose end has been scrolled to; before that nothing is loaded or counted as seen. */
  readonly #settledUrn = linkedSignal<string, string | null>({
    source: this.conversationUrn,
    computation: () => null,
  });
  /** Number of messages when older ones were last asked for. */
  readonly #askedAt = linkedSignal<string, number>({
    source: this.conversationUrn,
    computation: () => -1,
  });
  readonly #distanceFromEnd = signal(0);
  protected readonly isAtEnd = computed(() => this.#distanceFromEnd() < END_PX);
  /** Key of the newest message when the end was last on the screen. */
  readonly #lastSeen = linkedSignal<string, string>({
    source: this.conversationUrn,
    computation: () => '',
  });
  protected readonly unseen = computed(() => {
    const rows = this.rows();
    const seen = rows.findLastIndex(({ key }) => key === this.#lastSeen());
    return seen < 0 ? 0 : rows.slice(seen + 1).filter(({ kind }) => kind === 'message').length;
  });
  /** The virtualizer itself, for what its signals do not give. */
  #instance: Virtualizer<HTMLElement, HTMLElement> | null = null;
  /** Frames for which the end is still held on the screen. */
  #heldFrames = 0;
  /** Key of the newest row of the last render. */
  #newestKey = '';
  protected readonly tabStop = linkedSignal(() => this.rows().at(-1)?.key ?? '');

  constructor() {
    afterRenderEffect(() => {
      this.virtualizer.getTotalSize();
      this.virtualizer.scrollRect();
      this.#stayAtEnd();
      this.noteScroll();
    });
    effect(() => {
      for (const { nativeElement } of this.rowElements()) {
        this.virtualizer.measureElement(nativeElement);
      }
    });
    effect(() => this.#settleAtEnd());
    effect(() => this.#askForOlder());
    effect(() => {
      const newest = this.rows().at(-1);
      const isSettled = this.#settledUrn() === this.conversationUrn();
      if (!isSettled || !this.isAtEnd() || newest === undefined) return;
      this.#lastSeen.set(newest.key);
      this.newestSeen.emit();
    });
  }

  /** Scrolls to the newest message. */
  showNewest(): void {
    this.virtualizer().scrollToEnd({ behavior: 'auto' });
    this.#holdEnd();
  }

  /** The person takes over. */
  protected releaseEnd(): void {
    this.#heldFrames = 0;
  }

  /** Notes how far the end of the thread is below the window, as the page has it. */
  protected noteScroll(): void {
    const { scrollHeight, scrollTop, clientHeight } = this.scroller().nativeElement;
    this.#distanceFromEnd.set(scrollHeight - scrollTop - clientHeight);
    this.#instance = untracked(() => this.virtualizer());
  }

  /** Moves from one message's menu button to the next with the arrow keys. */
  protected moveFocus(event: Event, step: -1 | 1): void {
    const target = event.target as HTMLElement;
    const row = target.closest<HTMLElement>('cv-message-row');
    if (row === null) return;
    event.preventDefault();
    let next = step < 0 ? row.previousElementSibling : row.nextElementSibling;
    while (next !== null && next.querySelector('.more') === null) {
      next = step < 0 ? next.previousElementSibling : next.nextElementSibling;
    }
    const button = next?.querySelector<HTMLElement>('.more');
    const index = Number(next?.getAttribute('data-index') ?? -1);
    const key = this.rows()[index]?.key;
    if (!button || key === undefined) return;
    this.tabStop.set(key);
    button.focus({ preventScroll: true });
    this.virtualizer.scrollToIndex(index, { align: 'auto' });
  }

  /**
   * Keeps the end on the screen when a message came below it, or the last ones grew. The virtualizer scrolls as far as the page
   * reaches, which does not have the new row yet.
   */
  #stayAtEnd(): void {
    const newestKey = this.rows().at(-1)?.key ?? '';
    const reach = newestKey === this.#newestKey ? AT_END_PX : END_PX;
    this.#newestKey = newestKey;
    if (untracked(this.#distanceFromEnd) <= reach) this.#holdEnd();
  }

  #holdEnd(): void {
    const isHolding = this.#heldFrames > 0;
    this.#heldFrames = HOLD_FRAMES;
    const scroller = this.scroller().nativeElement;
    const hold = (): void => {
      const { scrollHeight, scrollTop, clientHeight } = scroller;
      if (scrollHeight - scrollTop - clientHeight > AT_END_PX) scroller.scrollTop = scrollHeight;
      this.#heldFrames -= 1;
      if (this.#heldFrames > 0) requestAnimationFrame(hold);
    };
    if (!isHolding) hold();
  }

  /** Scrolling is announced with the next frame; rows that come before it must not take the person back. */
  #tellScrollOffset(): void {
    if (this.#instance) this.#instance.scrollOffset = this.scroller().nativeElement.scrollTop;
  }

  #settleAtEnd(): void {
    const urn = this.conversationUrn();
    if (this.rows().length === 0 || this.#settledUrn() === urn) return;
    this.virtualizer.scrollRect(); // again when the height becomes known
    untracked(() => {
      if ((this.virtualizer().scrollRect?.height ?? 0) === 0) return;
      this.showNewest();
      this.#settledUrn.set(urn);
    });
  }

  #askForOlder(): void {
    const first = this.shown()[0];
    if (this.#settledUrn() !== this.conversationUrn() || !this.hasOlder() || this.isLoading())
      return;
    if (first === undefined || first.index > LOAD_AHEAD_ROWS) return;
    const count = this.messages().length;
    if (this.problem() !== '' && this.#askedAt() === count) return; // the last try brought nothing
    untracked(() => {
      this.#askedAt.set(count);
      this.loadOlder.emit();
    });
  }
}
