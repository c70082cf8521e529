import { Directive, ElementRef, afterNextRender, inject } from '@angular/core';

/** Takes the focus when it is shown: where a step takes the place of another one, the focus goes with it and the step is read out. */
@Directive({ selector: '[cvFocusOnShow]' })
export class FocusOnShow {
  constructor() {
    const { nativeElement } = inject<ElementRef<HTMLElement>>(ElementRef);
    afterNextRender(() => nativeElement.focus());
  }
}
