import {
  Component,
  DOCUMENT,
  type ElementRef,
  ViewEncapsulation,
  afterNextRender,
  computed,
  inject,
  input,
  signal,
  viewChild,
  DestroyRef,
} from '@angular/core';
import { ChatSyncService } from '@chat-vault/chat-sync';
import { CLOCK } from '../device/clock';
import { Preferences } from '../device/preferences';
import { saveDownload } from '../storage/save-file';
import { Icon } from '../ui/icon';
import { Toasts } from '../ui/toasts';
import { SHEET_CARE, SHEET_PURPOSE, SHEET_STEPS, recoveryText, sheetWords } from './recovery-text';

/**
 * Shows the recovery code in groups, and lets it be printed, saved and copied. What is printed is a sheet beside the app, so that paper has nothing else
 * on it, also by the browser's own command.
 */
@Component({
  selector: 'cv-recovery-sheet',
  imports: [Icon],
  templateUrl: './recovery-sheet.html',
  styleUrl: './recovery-sheet.css',
  encapsulation: ViewEncapsulation.None,
})
export class RecoverySheetView {
  readonly code = input.required<string>();

  readonly #document = inject(DOCUMENT);
  readonly #sync = inject(ChatSyncService);
  readonly #toasts = inject(Toasts);
  readonly #preferences = inject(Preferences);
  readonly #now = inject(CLOCK);
  private readonly paper = viewChild.required<ElementRef<HTMLElement>>('paper');
  protected readonly purpose = SHEET_PURPOSE;
  protected readonly steps = SHEET_STEPS;
  protected readonly care = SHEET_CARE;
  protected readonly isCopied = signal(false);
  protected readonly words = computed(() => {
    const clouds = this.#sync.providers().filter(({ isConnected }) => isConnected);
    return sheetWords({
      code: this.code(),
      now: new Date(this.#now()),
      account: this.#preferences.ownName(),
      clouds: clouds.map(({ displayName }) => displayName),
    });
  });

  constructor() {
    const destroyRef = inject(DestroyRef);
    afterNextRender(() => {
      const { nativeElement } = this.paper();
      this.#document.body.append(nativeElement);
      destroyRef.onDestroy(() => nativeElement.remove());
    });
  }

  protected print(): void {
    this.#document.defaultView?.print();
  }

  protected save(): void {
    const day = new Date(this.#now()).toISOString().slice(0, 10);
    const file = new Blob([recoveryText(this.words())], { type: 'text/plain' });
    saveDownload(this.#document, file, `chat-vault-recovery-code-${day}.txt`);
  }

  protected async copy(): Promise<void> {
    try {
      await this.#document.defaultView?.navigator.clipboard.writeText(this.code());
      this.isCopied.set(true);
    } catch {
      this.#toasts.fail('The browser does not let this page copy. Print or save the code.');
    }
  }
}
