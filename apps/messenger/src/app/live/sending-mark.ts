import { Component, computed, inject, input } from '@angular/core';
import { type StampedMessage } from '@chat-vault/core';
import { Icon } from '../ui/icon';
import { LiveMessages, type Sending } from './live-messages';

const WORDS: Readonly<Record<Sending['state'], string>> = {
  sent: 'Sent',
  waiting: 'Waiting to be sent',
  refused: 'Not sent',
};

/** How far an own message got: ✓✓ when the server has it, a clock while it waits, `!` when it was refused. Nothing where messages do not travel. */
@Component({
  selector: 'cv-sending-mark',
  imports: [Icon],
  template: `
    @if (sending(); as now) {
      <span
        class="mark"
        data-testid="sending"
        [class]="now.state"
        [attr.data-sending]="now.state"
        [title]="words()"
      >
        @switch (now.state) {
          @case ('sent') {
            <span aria-hidden="true" class="ticks">✓✓</span>
          }
          @case ('waiting') {
            <cv-icon name="clock" [size]="12" />
          }
          @case ('refused') {
            <span aria-hidden="true" class="sign">!</span>
          }
        }
        <span class="visually-hidden">{{ words() }}</span>
      </span>
    }
  `,
  styles: `
    .mark {
      position: relative;
      display: inline-grid;
      place-items: center;
      height: 100%;
    }
    .ticks {
      padding-inline-end: 2px;
      letter-spacing: -3px;
      color: var(--accent);
    }
    .sign {
      width: 13px;
      height: 13px;
      border-radius: 50%;
      background: var(--danger);
      color: light-dark(#fff, #2b0906);
      font-weight: 700;
      line-height: 13px;
      text-align: center;
    }
  `,
})
export class SendingMark {
  readonly message = input.required<StampedMessage>();

  readonly #messages = inject(LiveMessages);
  protected readonly sending = computed(() => this.#messages.sendingOf(this.message()));
  protected readonly words = computed(() => WORDS[this.sending()?.state ?? 'sent']);
}
