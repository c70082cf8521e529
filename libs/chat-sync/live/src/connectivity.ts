import { Component, computed, inject } from '@angular/core';
import { describeConnectivity } from './describe-connectivity';
import { LiveSyncService } from './live-sync-service';

/**
 * Whether others get what is written here: `✓✓` when everything is sent, a clock while something waits, `!` with what is wrong. Nothing while nobody is signed in. Changes are
 * announced politely. Colours: `--cv-good`, `--cv-waiting`, `--cv-bad`; `data-mark` is `sent`, `waiting` or `trouble`.
 */
@Component({
  selector: 'cv-connectivity',
  host: { '[attr.data-mark]': 'description()?.mark', '[title]': "description()?.hint ?? ''" },
  template: `
    @if (description(); as now) {
      <span class="mark" aria-hidden="true">
        @switch (now.mark) {
          @case ('sent') {
            ✓✓
          }
          @case ('waiting') {
            <svg viewBox="0 0 16 16" width="1em" height="1em">
              <circle cx="8" cy="8" r="6.5" />
              <path d="M8 4.5V8l2.5 1.5" />
            </svg>
          }
          @case ('trouble') {
            !
          }
        }
      </span>
    }
    <span class="words" role="status">{{ description()?.words }}</span>
  `,
  styles: `
    :host {
      display: inline-flex;
      align-items: center;
      gap: 0.4em;
    }
    :host:not([data-mark]) {
      display: none;
    }
    :host([data-mark='sent']) {
      color: var(--cv-good, light-dark(#1a7f37, #4ac26b));
    }
    :host([data-mark='waiting']) {
      color: var(--cv-waiting, light-dark(#57606a, #a7b1bc));
    }
    :host([data-mark='trouble']) {
      color: var(--cv-bad, light-dark(#cf222e, #ff8182));
    }
    .mark {
      display: inline-grid;
      place-items: center;
      flex: none;
      font-weight: 700;
      letter-spacing: -0.25em;
      padding-inline-end: 0.25em;
    }
    svg {
      fill: none;
      stroke: currentColor;
      stroke-width: 1.6;
      stroke-linecap: round;
    }
    :host([data-mark='trouble']) .mark {
      width: 1.25em;
      height: 1.25em;
      padding: 0;
      border-radius: 50%;
      letter-spacing: 0;
      border: 1.5px solid currentColor;
      font-size: 0.85em;
    }
  `,
})
export class Connectivity {
  readonly #live = inject(LiveSyncService);
  protected readonly description = computed(() =>
    this.#live.isSignedIn() ? describeConnectivity(this.#live.snapshot()) : null,
  );
}
