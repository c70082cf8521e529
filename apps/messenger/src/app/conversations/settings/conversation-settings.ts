import { Service, computed, inject } from '@angular/core';
import { injectEntities } from '../../entities/entities-by-subject';
import { type ConversationSettings } from '../../entities/entity-types';
import { LiveConversations } from '../../live/live-conversations';
import { type ConversationName, conversationName } from '../conversation-urn';

/** What a person may want of a conversation. */
export type Settings = Readonly<
  Pick<ConversationSettings, 'title' | 'isPinned' | 'isMuted' | 'isArchived'>
> & { readonly labels: readonly string[] };

/** What is changed of it; of the labels which are given and which are taken away. */
export interface SettingsChange extends Partial<Omit<Settings, 'labels'>> {
  readonly labels?: ReadonlyMap<string, boolean>;
}

const DEFAULTS: Settings = {
  title: '',
  isPinned: false,
  isMuted: false,
  isArchived: false,
  labels: [],
};

/** How the person wants each conversation: its title, its place in the list, its labels. */
@Service()
export class AllConversationSettings {
  readonly #settings = injectEntities('ConversationSettings');
  readonly #live = inject(LiveConversations);

  /** All labels that some conversation has, by the alphabet. */
  readonly labels = computed((): readonly string[] => {
    const labels = [...this.#settings.all().keys()].flatMap((urn) => this.of(urn).labels);
    return [...new Set(labels)].sort((a, b) => a.localeCompare(b));
  });

  of(conversationUrn: string): Settings {
    return { ...DEFAULTS, ...this.#settings.of(conversationUrn) };
  }

  /** What a conversation is called when the person gives it no title. */
  ownNameOf(conversationUrn: string): ConversationName {
    return this.#live.nameOf(conversationUrn) ?? conversationName(conversationUrn);
  }

  /** What a conversation is called here. */
  nameOf(conversationUrn: string): ConversationName {
    const name = this.ownNameOf(conversationUrn);
    const { title } = this.of(conversationUrn);
    return title === '' ? name : { ...name, title };
  }

  /** Changes what is given and leaves the rest as it is. @throws ChatVaultError */
  async change(conversationUrn: string, change: SettingsChange): Promise<void> {
    await this.#settings.update(conversationUrn, (current) => {
      const { labels, ...rest } = { ...DEFAULTS, ...current };
      return { ...rest, ...change, conversationUrn, labels: relabelled(labels, change.labels) };
    });
  }
}

/** The labels after some were given and some taken away. */
export function relabelled(
  labels: readonly string[],
  changes: ReadonlyMap<string, boolean> = new Map(),
): string[] {
  const given = [...changes].flatMap(([label, isGiven]) => (isGiven ? [label] : []));
  return [...new Set([...labels, ...given])].filter((label) => changes.get(label) !== false);
}

/** A label as it is kept: without needless space, of 30 characters at most. */
export const toLabel = (text: string): string =>
  [...text.normalize('NFC').trim().replace(/\s+/g, ' ')].slice(0, 30).join('');
