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
import { Contacts } from '../contacts/contacts';
import { CLOCK } from '../device/clock';
import { Preferences } from '../device/preferences';
import { LiveConversations } from '../live/live-conversations';
import { Drafts } from '../messages/drafts';
import { messageText } from '../messages/text-message';
import { Avatar } from '../ui/avatar';
import { Icon } from '../ui/icon';
import { formatActivity, formatCount } from '../ui/time-format';
import { Conversations } from './conversations';
import { type ListedConversation, chooseConversations } from './listed-conversation';
import { AllConversationSettings } from './settings/conversation-settings';
import { LabelBar } from './settings/label-bar';

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
  /** Whether the preview is what was begun here, not what was sent. */
  readonly isDraft: boolean;
  readonly unread: number;
  readonly isPinned: boolean;
  readonly isMuted: boolean;
  readonly isArchived: boolean;
}

/** Characters of a message that a line has room for, and some. */
const PREVIEW_CHARACTERS = 160;

/** All conversations with a filter, those that are pinned first and those that are archived apart; only the lines on the screen are in the page. */
@Component({
  selector: 'cv-conversation-list',
  imports: [Avatar, Icon, LabelBar, RouterLink],
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
  readonly #contacts = inject(Contacts);
  readonly #drafts = inject(Drafts);
  protected readonly settings = inject(AllConversationSettings);
  readonly #live = inject(LiveConversations);
  protected readonly conversations = inject(Conversations);
  protected readonly formatCount = formatCount;
  protected readonly filter = signal('');
  private readonly scroller = viewChild<ElementRef<HTMLElement>>('scroller');

  protected readonly wantedLabel = signal<string | null>(null);
  /** The label that is shown alone, as long as a conversation has it. */
  protected readonly label = computed(() => {
    const label = this.wantedLabel();
    return label !== null && this.settings.labels().includes(label) ? label : null;
  });
  protected readonly archived = computed(() =>
    this.conversations
      .listed()
      .filter(({ conversationUrn }) => this.settings.of(conversationUrn).isArchived),
  );
  protected readonly archivedUnread = computed(
    () => this.archived().filter(({ unreadCount }) => unreadCount > 0).length,
  );
  readonly #wantsArchive = signal(false);
  /** Whether the archived ones are shown; with the last of them that ends. */
  protected readonly isArchive = computed(() => this.#wantsArchive() && this.archived().length > 0);
  protected readonly found = computed(() =>
    chooseConversations(
      this.conversations.listed(),
      { search: this.filter(), label: this.label(), isArchive: this.isArchive() },
      (urn) => {
        const { title, place } = this.settings.ownNameOf(urn);
        const settings = this.settings.of(urn);
        return { settings, name: `${place}/${title} ${settings.title}` };
      },
    ),
  );
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

  protected showArchive(isWanted: boolean): void {
    this.#wantsArchive.set(isWanted);
    this.scroller()?.nativeElement.scrollTo({ top: 0 });
  }

  #focusTabStop(): void {
    const lines = this.scroller()?.nativeElement.querySelectorAll<HTMLElement>('a') ?? [];
    [...lines].find(({ dataset }) => dataset['urn'] === this.tabStop())?.focus();
  }

  #toLine(conversation: ListedConversation): ConversationLine {
    const { conversationUrn: urn, lastMessage, lastActivityAt, unreadCount } = conversation;
    const isOpen = urn === this.openUrn() && lastMessage !== undefined;
    const draft = isOpen ? '' : this.#drafts.of(urn);
    const isEmpty = this.#live.isEmpty(conversation);
    const instead = isEmpty ? 'No messages yet' : 'In the cloud';
    const text = draft || (lastMessage === undefined ? instead : messageText(lastMessage));
    const { isPinned, isMuted, isArchived } = this.settings.of(urn);
    return {
      urn,
      ...this.settings.nameOf(urn),
      time: formatActivity(lastActivityAt, new Date(this.#now())),
      instant: lastActivityAt,
      sender: lastMessage === undefined ? '' : this.#nameOf(lastMessage.senderId),
      preview: text.replace(/\s+/g, ' ').slice(0, PREVIEW_CHARACTERS),
      isDraft: draft !== '',
      unread: unreadCount,
      isPinned,
      isMuted,
      isArchived,
    };
  }

  #nameOf(senderId: string): string {
    return this.#ownSenderIds().has(senderId) ? 'You' : this.#contacts.person(senderId).name;
  }
}
