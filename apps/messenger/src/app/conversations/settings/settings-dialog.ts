import { Component, computed, inject, input, linkedSignal, output, signal } from '@angular/core';
import { Dialog } from '../../ui/dialog';
import { Icon, type IconName } from '../../ui/icon';
import { problemText } from '../../ui/problem-text';
import { Toasts } from '../../ui/toasts';
import {
  AllConversationSettings,
  type Settings,
  type SettingsChange,
  relabelled,
  toLabel,
} from './conversation-settings';

type Switch = 'isPinned' | 'isMuted' | 'isArchived';

const SWITCHES: readonly {
  readonly name: Switch;
  readonly icon: IconName;
  readonly label: string;
  readonly hint: string;
}[] = [
  { name: 'isPinned', icon: 'pin', label: 'Pinned', hint: 'Stays at the top of the list' },
  { name: 'isMuted', icon: 'muted', label: 'Muted', hint: 'New messages do not stand out' },
  { name: 'isArchived', icon: 'archive', label: 'Archived', hint: 'Out of the list, not deleted' },
];

/** How the person wants a conversation. What is changed elsewhere meanwhile shows, but for what was changed here. */
@Component({
  selector: 'cv-settings-dialog',
  imports: [Dialog, Icon],
  templateUrl: './settings-dialog.html',
  styleUrls: ['../../ui/dialog-body.css', './label.css', './settings-dialog.css'],
})
export class SettingsDialog {
  readonly conversationUrn = input.required<string>();
  readonly dismissed = output();

  readonly #all = inject(AllConversationSettings);
  readonly #toasts = inject(Toasts);
  protected readonly switches = SWITCHES;

  /** What was changed here and is not saved. */
  readonly #changes = linkedSignal<string, SettingsChange>({
    source: this.conversationUrn,
    computation: () => ({}),
  });
  protected readonly settings = computed((): Settings => {
    const settings = this.#all.of(this.conversationUrn());
    const { labels, ...rest } = this.#changes();
    return { ...settings, ...rest, labels: relabelled(settings.labels, labels) };
  });
  /** What it is called without a title of its own. */
  protected readonly ownTitle = computed(() => this.#all.ownNameOf(this.conversationUrn()).title);
  /** All labels there are, and those that were made here, with whether this conversation has them. */
  protected readonly labels = computed(() => {
    const made = [...(this.#changes().labels?.keys() ?? [])];
    const given = this.settings().labels;
    return [...new Set([...this.#all.labels(), ...given, ...made])].map((label) => ({
      label,
      isGiven: given.includes(label),
    }));
  });
  protected readonly newLabel = signal('');

  protected change(change: SettingsChange): void {
    this.#changes.update((before) => ({ ...before, ...change }));
  }

  protected turn(name: Switch, isOn: boolean): void {
    this.change({ [name]: isOn });
  }

  protected give(label: string, isGiven: boolean): void {
    this.change({ labels: new Map([...(this.#changes().labels ?? []), [label, isGiven]]) });
  }

  protected addLabel(event: Event): void {
    event.preventDefault(); // Enter in this field is no wish to save
    const label = toLabel(this.newLabel());
    if (label !== '') this.give(label, true);
    this.newLabel.set('');
  }

  protected async save(): Promise<void> {
    const label = toLabel(this.newLabel());
    if (label !== '') this.give(label, true);
    const { title, ...rest } = this.#changes();
    try {
      await this.#all.change(this.conversationUrn(), {
        ...rest,
        ...(title !== undefined && { title: title.trim().replace(/\s+/g, ' ') }),
      });
      this.dismissed.emit();
    } catch (error) {
      const { heading, advice } = problemText(error);
      this.#toasts.fail(`${heading}. ${advice}`);
    }
  }
}
