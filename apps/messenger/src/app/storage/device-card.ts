import { Component, inject, resource } from '@angular/core';
import { DeviceProfile } from '../device/device-profile';
import { Preferences } from '../device/preferences';
import { formatBytes } from '../ui/time-format';
import { Toasts } from '../ui/toasts';

/** What concerns this device only: the person's name here, and the space that is used. */
@Component({
  selector: 'cv-device-card',
  template: `
    <h2>This device</h2>
    <div class="row">
      <label class="field">
        Your name
        <input
          #own
          maxlength="80"
          autocomplete="nickname"
          data-testid="settings-name"
          [value]="preferences.ownName()"
          (change)="rename(own.value)"
        />
      </label>
      <dl>
        <div>
          <dt>Device</dt>
          <dd>{{ profile.key || 'This browser' }}</dd>
        </div>
        @if (space.hasValue() && space.value(); as used) {
          <div>
            <dt>Space used here</dt>
            <dd>{{ used }}</dd>
          </div>
        }
      </dl>
    </div>
    <p class="muted">
      To try syncing without a second computer, open
      <a href="/?device=two" target="_blank" rel="noopener">this page as another device</a>: it has
      its own database and settings.
    </p>
  `,
  styleUrl: './card.css',
  styles: `
    .row {
      display: grid;
      grid-template-columns: minmax(0, 1fr) auto;
      gap: var(--space-4) var(--space-6);
      align-items: end;
    }
    dl {
      display: flex;
      gap: var(--space-5);
    }
    dt {
      font-size: 0.75rem;
      font-weight: 600;
      color: var(--muted);
    }
    dd {
      min-height: 30px;
      font-size: var(--text-m);
      font-weight: 600;
    }
    @media (max-width: 480px) {
      .row {
        grid-template-columns: 1fr;
      }
    }
  `,
})
export class DeviceCard {
  protected readonly preferences = inject(Preferences);
  protected readonly profile = inject(DeviceProfile);
  readonly #toasts = inject(Toasts);
  protected readonly space = resource({
    loader: async () => {
      const { usage } = (await navigator.storage?.estimate?.()) ?? {};
      return usage === undefined ? '' : formatBytes(usage);
    },
  });

  protected rename(name: string): void {
    this.preferences.rename(name);
    this.#toasts.tell(`You write as ${this.preferences.ownName()} now`);
  }
}
