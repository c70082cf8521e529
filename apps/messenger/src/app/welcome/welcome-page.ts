import { Component, inject } from '@angular/core';
import { RouterLink } from '@angular/router';
import { Conversations } from '../conversations/conversations';
import { DemoSettings } from '../device/demo-settings';
import { Preferences } from '../device/preferences';
import { ImportRequests } from '../import/import-requests';
import { LiveAccount } from '../live/live-account';
import { LiveWay } from '../live/live-way';
import { Icon } from '../ui/icon';
import { formatCount } from '../ui/time-format';

/** Beside the list while nothing is open; without conversations, how to begin. */
@Component({
  selector: 'cv-welcome-page',
  imports: [Icon, LiveWay, RouterLink],
  templateUrl: './welcome-page.html',
  styleUrl: './welcome-page.css',
})
export class WelcomePage {
  protected readonly conversations = inject(Conversations);
  protected readonly demo = inject(DemoSettings);
  protected readonly imports = inject(ImportRequests);
  protected readonly preferences = inject(Preferences);
  protected readonly live = inject(LiveAccount);
  protected readonly formatCount = formatCount;
}
