import { formatStamp } from '../clock/stamp.js';
import { type Catalog } from '../format/catalog.js';
import { catalogPath, deltaPath } from '../format/paths.js';
import { type EncodedVaultFile } from '../format/vault-file.js';
import { BASE_PATH } from './sample-run.js';

const DELTA_ID = '018d5f3a-0000-7000-8000-00000000dddd';
const CARRIED_ID = '018d5f3a-0000-7000-8000-00000000cccc';
/** The id of the sample catalog. */
export const CATALOG_ID = '018d5f3a-0000-7000-8000-00000000ffff';

/** A catalog that names the given files and uses each of its fields. */
export function sampleCatalog(files: readonly EncodedVaultFile[]): Catalog {
  const urns = [
    ...new Set(files.flatMap((file) => file.manifest.conversations.map(({ urn }) => urn))),
  ].sort();
  return {
    version: 1,
    kind: 'catalog',
    catalogId: CATALOG_ID,
    generation: 12,
    parents: ['018d5f3a-0000-7000-8000-00000000eee1'],
    ancestors: ['018d5f3a-0000-7000-8000-00000000eee0'],
    writtenBy: '00000000000000aa',
    minReader: 1,
    minCompactor: 1,
    keyringIds: ['018d5f3a-0000-7000-8000-00000000bbbb'],
    account: '0123456789abcdef',
    conversations: urns.map((urn) => ({ urn, last: '2024-01-31T10:15:30.123Z' })),
    partitions: {
      '2024-01': files.map(({ manifest, ...file }, index) => ({
        vaultId: file.vaultId,
        runId: manifest.runId,
        path: file.path,
        manifestPath: file.manifestPath,
        sha256: manifest.sha256,
        manifestSha256: file.manifestSha256,
        byteLength: manifest.byteLength,
        messageCount: manifest.messageCount,
        rangeStart: manifest.rangeStart,
        rangeEnd: manifest.rangeEnd,
        conversations: manifest.conversations.map(({ urn }) => urns.indexOf(urn)),
        ...(index === 0 ? { from: [DELTA_ID] } : {}),
      })),
    },
    carried: [
      {
        vaultId: CARRIED_ID,
        path: deltaPath(BASE_PATH, {
          at: Date.UTC(2024, 0, 31),
          vaultId: CARRIED_ID,
          digest: 'fedcba9876543210',
          extension: 'json.gz',
        }),
        from: [DELTA_ID],
      },
    ],
    folded: { [DELTA_ID]: ['2023-12', '2024-01'] },
    replaced: { '018d5f3a-0000-7000-8000-00000000eeee': ['2024-01'] },
    skipped: [{ path: `${BASE_PATH}/deltas/desktop.ini`, reason: 'malformed' }],
    cleared: [
      {
        conversationUrn: 'urn:b',
        upTo: '2023-12-31T23:59:59.999Z',
        deletedAt: '2024-01-02T00:00:00.000Z',
        stamp: formatStamp(Date.UTC(2024, 0, 2), 0, '00000000000000aa'),
        extra: { reason: 'asked' },
      },
    ],
    extra: { later: { than: 'us' } },
  };
}

/** Where the sample catalog is. */
export const SAMPLE_CATALOG_PATH = catalogPath(BASE_PATH, {
  generation: 12,
  catalogId: CATALOG_ID,
  extension: 'json',
});
