import { RuleTester } from 'eslint';
import { parser } from 'typescript-eslint';
import { describe, it } from 'vitest';
import { exportedDocstring } from './exported-docstring.mjs';
import { narrowIndex } from './narrow-index.mjs';

RuleTester.describe = describe;
RuleTester.it = it;
const tester = new RuleTester({ languageOptions: { parser } });

tester.run('exported-docstring', exportedDocstring, {
  valid: [
    '/** Gives one. */ export const one = 1;',
    '/** Adds. */ export function add(a: number): number; export function add(a: string): string;',
    "export { type Clock, hybrid } from './clock.js';",
    '/** Counts. */ @Service() export class Counter {}',
    'const hidden = 1;',
    '/** Settings. */ const settings = []; export default settings;',
  ],
  invalid: [
    { code: 'export const one = 1;', errors: [{ messageId: 'missing', data: { name: 'one' } }] },
    { code: '// not a docstring\nexport class Clock {}', errors: [{ messageId: 'missing' }] },
    { code: '@Service() export class Counter {}', errors: [{ messageId: 'missing' }] },
    { code: 'export interface Clock {}', errors: [{ messageId: 'missing' }] },
    { code: 'export type Stamp = string;', errors: [{ messageId: 'missing' }] },
  ],
});

const names = (count: number) => Array.from({ length: count }, (_, i) => `a${i}`).join(', ');

tester.run('narrow-index', narrowIndex, {
  valid: [`export { ${names(30)} } from './a.js';`],
  invalid: [
    { code: "export * from './a.js';", errors: [{ messageId: 'all' }] },
    { code: `export { ${names(31)} } from './a.js';`, errors: [{ messageId: 'many' }] },
    { code: 'export const one = 1;', errors: [{ messageId: 'declares' }] },
  ],
});
