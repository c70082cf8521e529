import { Component, computed, inject, input, output, signal } from '@angular/core';
import { LiveSyncService } from '@chat-vault/chat-sync/live';
import { Contacts } from '../contacts/contacts';
import { Avatar } from '../ui/avatar';
import { Confirm } from '../ui/confirm';
import { Dialog } from '../ui/dialog';
import { Icon } from '../ui/icon';
import { ProblemNotice } from '../ui/problem-notice';
import { type ProblemText, problemText } from '../ui/problem-text';
import { Toasts } from '../ui/toasts';
import { LiveAccount } from './live-account';
import { LiveConversations, namesIn } from './live-conversations';

/** Who is in a live conversation; an owner adds and removes people, everybody may leave. */
@Component({
  selector: 'cv-members-dialog',
  imports: [Avatar, Dialog, Icon, ProblemNotice],
  templateUrl: './members-dialog.html',
  styleUrl: './members-dialog.css',
})
export class MembersDialog {
  readonly urn = input.required<string>();
  readonly dismissed = output();

  readonly #live = inject(LiveSyncService);
  readonly #conversations = inject(LiveConversations);
  readonly #account = inject(LiveAccount);
  readonly #contacts = inject(Contacts);
  readonly #confirm = inject(Confirm);
  readonly #toasts = inject(Toasts);
  protected readonly problem = signal<ProblemText | null>(null);
  protected readonly added = signal('');
  protected readonly members = computed(() => {
    const own = this.#account.userId();
    return (this.#conversations.of(this.urn())?.members ?? [])
      .map(({ userId, role }) => this.#toMember(userId, role, userId === own))
      .toSorted((a, b) => a.userId.localeCompare(b.userId));
  });
  /** Without an owner everybody may, so that no conversation is ever stuck. */
  protected readonly mayChange = computed(() => {
    const owners = this.members().filter(({ role }) => role === 'owner');
    return owners.length === 0 || owners.some(({ isOwn }) => isOwn);
  });

  protected async add(): Promise<void> {
    for (const name of namesIn(this.added())) {
      await this.#do(() => this.#live.setMember(this.urn(), name, 'member'));
    }
    this.added.set('');
  }

  protected async remove(userId: string): Promise<void> {
    await this.#do(() => this.#live.removeMember(this.urn(), userId));
  }

  protected async leave(): Promise<void> {
    const own = this.#account.userId();
    const urn = this.urn();
    if (own === null) return;
    this.dismissed.emit();
    const isConfirmed = await this.#confirm.ask({
      heading: 'Leave this conversation?',
      text: 'You get no more messages of it. What you have stays in your vault.',
      confirmLabel: 'Leave',
    });
    if (!isConfirmed) return;
    await this.#do(() => this.#live.removeMember(urn, own));
    const problem = this.problem();
    if (problem !== null) this.#toasts.fail(`${problem.heading}. ${problem.advice}`);
  }

  /** The name under which a person is known here, with the one that the server knows. */
  #toMember(userId: string, role: 'owner' | 'member', isOwn: boolean) {
    const { name, colour } = this.#contacts.person(userId);
    const known = name === userId ? name : `${name} (${userId})`;
    return { userId, role, isOwn, name, colour, label: isOwn ? `${known} (you)` : known };
  }

  async #do(action: () => Promise<void>): Promise<void> {
    try {
      await action();
      this.problem.set(null);
    } catch (error) {
      this.problem.set(problemText(error));
    }
  }
}
