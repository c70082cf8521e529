import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

it('docs/guide/testing.md shows the tests of guide.spec.ts, which run', () => {
  const read = (path: string) => readFileSync(join(import.meta.dirname, path), 'utf8');
  expect(read('../../../../docs/guide/testing.md')).toContain(
    `\`\`\`ts\n${read('guide.spec.ts')}\`\`\``,
  );
});
