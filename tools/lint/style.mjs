import { exportedDocstring } from './exported-docstring.mjs';
import { narrowIndex } from './narrow-index.mjs';

const plugin = { rules: { 'exported-docstring': exportedDocstring, 'narrow-index': narrowIndex } };

/** Files that only the tests run. */
const TEST_FILES = [
  '**/*.spec.ts',
  '**/*.bench.ts',
  '**/*.test-d.ts',
  '**/*.e2e.ts',
  '**/testing/**',
  '**/simulation/**',
  '**/test-setup.ts',
  '**/*.config.ts',
];

const ambient = (/** @type {string} */ what, /** @type {string} */ instead) =>
  `${what} makes this code untestable and unrepeatable: ${instead}.`;

/** What the rules and the engine may not reach for. */
const AMBIENT = [
  'setTimeout',
  'setInterval',
  'setImmediate',
  'requestAnimationFrame',
  'requestIdleCallback',
  'scheduler',
  'MessageChannel',
  'BroadcastChannel',
  'fetch',
  'navigator',
  'indexedDB',
  'localStorage',
];

/** Time, chance and timers reach the rules and the engine only as parameters, so that a seed decides a whole run. */
const deterministic = {
  files: ['src/**/*.ts'],
  ignores: [...TEST_FILES, '**/default-environment.ts'],
  rules: {
    'no-restricted-properties': [
      'error',
      { object: 'Date', property: 'now', message: ambient('Date.now()', 'take a clock') },
      { object: 'performance', property: 'now', message: ambient('A timer', 'take a clock') },
      { object: 'Math', property: 'random', message: ambient('Chance', 'take its source') },
      {
        object: 'crypto',
        property: 'getRandomValues',
        message: ambient('Chance', 'take its source'),
      },
      { object: 'crypto', property: 'randomUUID', message: ambient('Chance', 'take its source') },
    ],
    'no-restricted-globals': [
      'error',
      {
        globals: AMBIENT.map((name) => ({
          name,
          message: ambient(name, 'take what you need as a parameter'),
        })),
        checkGlobalObject: true,
      },
    ],
    'no-restricted-syntax': [
      'error',
      {
        selector: "NewExpression[callee.name='Date'][arguments.length=0]",
        message: ambient('The current date', 'take a clock'),
      },
      {
        selector: "CallExpression[callee.name='Date']",
        message: ambient('The current date', 'take a clock'),
      },
      {
        selector:
          "MemberExpression[object.property.name='crypto'][property.name=/^(random|getRandom)/]",
        message: ambient('Chance', 'take its source'),
      },
      {
        selector: "ImportDeclaration[source.value='uuid'][importKind!='type']",
        message: ambient('A new id', 'take its source'),
      },
    ],
  },
};

/** The rules of how code reads here that a machine can check (CONTRIBUTING.md, "Style"). */
export const style = [
  {
    files: ['**/*.ts'],
    ignores: TEST_FILES,
    plugins: { 'chat-vault': plugin },
    rules: {
      'max-lines': ['error', { max: 400 }],
      'max-lines-per-function': ['error', { max: 60, skipComments: true }],
      'chat-vault/exported-docstring': 'error',
    },
  },
  {
    files: ['**/index.ts'],
    plugins: { 'chat-vault': plugin },
    rules: { 'chat-vault/narrow-index': 'error' },
  },
];

/** Add this in the libraries that must run the same way twice. */
export const deterministicStyle = [deterministic];
