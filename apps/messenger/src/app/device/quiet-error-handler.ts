import { ErrorHandler } from '@angular/core';

/** Browsers report by this text that sizes changed again while they were observed; they deliver the rest in the next frame. */
const BENIGN = /^(?:Error: )?ResizeObserver loop/;

/** Tells the console of every error but the one that is none: a virtual list that is measured changes its own size. */
export class QuietErrorHandler extends ErrorHandler {
  override handleError(error: unknown): void {
    if (BENIGN.test(String(error))) return;
    super.handleError(error);
  }
}
