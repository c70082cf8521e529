import { Component, computed, input } from '@angular/core';
import { injectNow } from '../device/clock';
import { formatWait } from '../ui/time-format';

/** How long it is until something goes on by itself. */
@Component({
  selector: 'cv-countdown',
  template: `{{ text() }}`,
  host: { role: 'timer', 'data-testid': 'countdown' },
  styles: `
    :host {
      font-variant-numeric: tabular-nums;
    }
  `,
})
export class Countdown {
  readonly until = input.required<Date>();
  readonly #now = injectNow();
  protected readonly text = computed(() => {
    const leftMs = this.until().getTime() - this.#now();
    return leftMs > 0 ? `Goes on in ${formatWait(leftMs)}` : 'Goes on now';
  });
}
