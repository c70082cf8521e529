import { DOCUMENT, inject, InjectionToken, PLATFORM_ID } from '@angular/core';
import { isPlatformBrowser } from '@angular/common';

/** The window of the page; `null` on the server, where nothing is stored, synced or timed. */
export const BROWSER_WINDOW = new InjectionToken<Window | null>('BROWSER_WINDOW', {
  factory: () => (isPlatformBrowser(inject(PLATFORM_ID)) ? inject(DOCUMENT).defaultView : null),
});
