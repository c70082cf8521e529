import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openApiDocument, openApiText } from './openapi-document.js';

const FILE = join(import.meta.dirname, '../../../docs/protocol.openapi.json');

describe('openApiDocument', () => {
  it('is what docs/protocol.openapi.json holds (run with --update after a change)', async () => {
    await expect(openApiText()).toMatchFileSnapshot(FILE);
  });

  it('refers only to schemas that it has', () => {
    const document = openApiDocument() as {
      readonly components: { readonly schemas: Readonly<Record<string, unknown>> };
    };
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map(
      ([, reference]) => reference?.replace('#/components/schemas/', '') ?? '',
    );
    expect(references.length).toBeGreaterThan(10);
    expect(Object.keys(document.components.schemas)).toEqual(expect.arrayContaining(references));
  });
});
