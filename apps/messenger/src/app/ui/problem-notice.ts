import { Component, input } from '@angular/core';
import { type ProblemText } from './problem-text';

/** What went wrong and what to do about it, read out when it comes up; nothing while nothing is wrong. */
@Component({
  selector: 'cv-problem-notice',
  host: { '[style.display]': "problem() === null ? 'none' : 'grid'" },
  template: `
    @if (problem(); as what) {
      <div class="notice error" role="alert" [attr.data-testid]="testId()">
        <strong>{{ what.heading }}</strong>
        <span>{{ what.advice }}</span>
        <ng-content />
      </div>
    }
  `,
})
export class ProblemNotice {
  readonly problem = input.required<ProblemText | null>();
  readonly testId = input.required<string>();
}
