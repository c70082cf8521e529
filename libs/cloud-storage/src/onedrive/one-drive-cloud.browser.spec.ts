import { inject } from 'vitest';
import { fetchAt } from '../../peers/service/fetch-at.js';
import { cloudStorageConformance } from '../testing/conformance.js';
import { oneDriveCloud } from './one-drive-cloud.js';

const { origin, token } = inject('fakeOneDrive');

cloudStorageConformance(
  'OneDrive (contract fake), from a page of another origin',
  () => oneDriveCloud({ token: async () => token, fetch: fetchAt(origin) }),
  { folderFiles: 100 },
);
