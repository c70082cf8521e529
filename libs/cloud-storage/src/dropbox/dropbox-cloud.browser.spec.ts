import { inject } from 'vitest';
import { fetchAt } from '../../peers/service/fetch-at.js';
import { cloudStorageConformance } from '../testing/conformance.js';
import { dropboxCloud } from './dropbox-cloud.js';

const { origin, token } = inject('fakeDropbox');

cloudStorageConformance(
  'Dropbox (contract fake), from a page of another origin',
  () => dropboxCloud({ token: async () => token, fetch: fetchAt(origin) }),
  { folderFiles: 100 },
);
