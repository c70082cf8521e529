import {
  Component,
  type ElementRef,
  computed,
  inject,
  input,
  linkedSignal,
  output,
  signal,
  viewChild,
} from '@angular/core';
import { RouterLink } from '@angular/router';
import { injectVirtualizer } from '@tanstack/angular-virtual';
import { CLOCK } from '../device/clock';
import { Preferences } from '../device/preferences';
import { LiveConversations } from '../live/live-conversations';
import { messageText } from '../messages/text-message';
import { Avatar } from '../ui/avatar';
import { Icon } from '../ui/icon';
import { formatActivity, formatCount } from '../ui/time-format';
import { Conversations } from './conversations';
import { conversationName } from './conversation-urn';

/** Height of a line in pixels; also in the style. */
const LINE_PX = 72;

/** One line of the list, ready to be shown. */
interface ConversationLine {
  readonly urn: string;
  readonly title: string;
  readonly place: string;
  readonly time: string;
  readonly instant: string;
  readonly sender: string;
  readonly preview: string;
  readonly unread: number;
}

/** All conversations with a filter; only the lines on the screen are in the page. */
@Component({
  selector: 'cv-conversation-list',
  imports: [Avatar, Icon, RouterLink],
  templateUrl: './conversation-list.html',
  styleUrl: './conversation-list.css',
  host: { '(keydown)': 'navigate($event)' },
})
export class ConversationList {
  /** The conversation that is open; `null` when none is. */
  readonly openUrn = input<string | null>(null);
  /** The filter matches no conversation and a new one of that name is wanted. */
  readonly startNew = output<string>();

  readonly #now = inject(CLOCK);
  readonly #ownSenderIds = inject(Preferences).ownSenderIds;
  readonly #live = inject(LiveConversations);
  protected readonly conversations = inject(Conversations);
  protected readonly formatCount = formatCount;
  protected readonly filter = signal('');
  private readonly scroller = viewChild<ElementRef<HTMLElement>>('scroller');

  protected readonly found = computed(() => {
    const words = this.filter().toLocaleLowerCase().split(/\s+/);
    const all = this.conversations.summaries();
    if (words.every((word) => word === '')) return all;
    return all.filter(({ conversationUrn }) => {
      const { title, place } =
        this.#live.nameOf(conversationUrn) ?? conversationName(conversationUrn);
      const name = `${place}/${title}`.toLocaleLowerCase();
      return words.every((word) => name.includes(word));
    });
  });
  protected readonly virtualizer = injectVirtualizer<HTMLElement, HTMLElement>(() => {
    const found = this.found();
    return {
      scrollElement: this.scroller(),
      count: found.length,
      getItemKey: (index) => found[index]?.conversationUrn ?? index,
      estimateSize: () => LINE_PX,
      overscan: 6,
    };
  });
  protected readonly lines = computed(() => {
    const found = this.found();
    return this.virtualizer.getVirtualItems().flatMap(({ index, start }) => {
      const summary = found[index];
      return summary === undefined ? [] : [{ index, start, ...this.#toLine(summary) }];
    });
  });
  /** The line that the Tab key goes to: the one the arrow keys went to, else the open one, else the first. */
  protected readonly tabStop = linkedSignal(() => {
    const found = this.found();
    const open = found.find(({ conversationUrn }) => conversationUrn === this.openUrn());
    return (open ?? found[0])?.conversationUrn ?? null;
  });

  /** Arrow keys, Home and End move between the lines; the arrow down of the search box goes to the first. */
  protected navigate(event: KeyboardEvent): void {
    const isInList = (event.target as HTMLElement).closest('nav') !== null;
    if (!isInList && event.key !== 'ArrowDown') return;
    const found = this.found();
    const at = found.findIndex(({ conversationUrn }) => conversationUrn === this.tabStop());
    const places = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: found.length - 1 };
    const index = isInList ? places[event.key as keyof typeof places] : 0;
    if (index === undefined || found[index] === undefined) return;
    event.preventDefault();
    this.tabStop.set(found[index].conversationUrn);
    this.virtualizer.scrollToIndex(index, { align: 'auto' });
    requestAnimationFrame(() => this.#focusTabStop()); // the line may have been off the screen
  }

  protected clearFilter(event: Event): void {
    if (this.filter() === '') return;
    event.stopPropagation();
    this.filter.set('');
  }

  #focusTabStop(): void {
    const lines = this.scroller()?.nativeElement.querySelectorAll<HTMLElement>('a') ?? [];
    [...lines].find(({ dataset }) => dataset['urn'] === this.tabStop())?.focus();
  }

  #toLine(summary: ReturnType<Conversations['summaries']>[number]): ConversationLine {
    const { conversationUrn: urn, lastMessage, lastActivityAt, unreadCount } = summary;
    const isOwn = lastMessage !== undefined && this.#ownSenderIds().has(lastMessage.senderId);
    return {
      urn,
      ...(this.#live.nameOf(urn) ?? conversationName(urn)),
      time: formatActivity(lastActivityAt, new Date(this.#now())),
      instant: lastActivityAt,
      sender: lastMessage === undefined ? '' : isOwn ? 'You' : lastMessage.senderId,
      preview:
        lastMessage === undefined
          ? this.#live.isEmpty(summary)
            ? 'No messages yet'
            : 'In the cloud'
          : messageText(lastMessage).replace(/\s+/g, ' ').slice(0, 160),
      unread: unreadCount,
    };
  }
}
