import { describe, expect, it } from 'vitest';
import { parsePath } from './paths.js';

const ID = '018d5f3a-0000-7000-8000-000000000001';
const NAMES = [
  `deltas/20240131T101530123Z_${ID}_0123456789abcdef.json.gz`,
  `2024/chat_vault_2024_01_${ID}.json`,
  `2024/chat_manifest_2024_01_${ID}.json.gz.enc`,
  `catalogs/00000012_${ID}.json.gz`,
  `keyring/${ID}.json`,
];

/** What a program that carries folders may make of a name: one text before it, one before and one after its extension, its case. */
const CHANGES: readonly (readonly [string, (stem: string, extension: string) => string])[] = [
  ['Dropbox, conflict', (stem, end) => `${stem} (conflicted copy 2024-01-01)${end}`],
  ['Dropbox, conflict of a person', (stem, end) => `${stem} (Ann's conflicted copy)${end}`],
  ['Dropbox, case', (stem, end) => `${stem} (Case Conflict 1)${end}`],
  ['Syncthing, conflict', (stem, end) => `${stem}.sync-conflict-20240101-101010-ABCDEFG${end}`],
  ['Syncthing, old version', (stem, end) => `${stem}~20240101-101010${end}`],
  ['Syncthing, on its way', (stem, end) => `.syncthing.${stem}${end}.tmp`],
  ['Syncthing on Windows, on its way', (stem, end) => `~syncthing~${stem}${end}.tmp`],
  ['OneDrive, name of a machine', (stem, end) => `${stem}-DESKTOP-1${end}`],
  ['iCloud, not here yet', (stem, end) => `.${stem}${end}.icloud`],
  ['iCloud, second copy', (stem, end) => `${stem} 2${end}`],
  ['Nextcloud, conflict', (stem, end) => `${stem} (conflicted copy 2024-01-01 101010)${end}`],
  ['Nextcloud, on its way', (stem, end) => `.${stem}${end}.~1a2b`],
  ['Google Drive, second copy', (stem, end) => `${stem} (1)${end}`],
  ['Google Drive, conflict', (stem, end) => `${stem}_conf(1)${end}`],
  ['Windows, copy', (stem, end) => `${stem} - Copy${end}`],
  ['Windows, short name', (stem, end) => `${stem.slice(0, 6)}~1${end}`],
  ['macOS, copy', (stem, end) => `${stem} copy${end}`],
  ['macOS, resource fork', (stem, end) => `._${stem}${end}`],
  ['office program, open file', (stem, end) => `~$${stem}${end}`],
  ['editor, old version', (stem, end) => `${stem}${end}~`],
  ['editor, on its way', (stem, end) => `.${stem}${end}.swp`],
  ['browser, on its way', (stem, end) => `${stem}${end}.crswap`],
  ['download, on its way', (stem, end) => `${stem}${end}.part`],
  ['download in Chromium', (stem, end) => `${stem}${end}.crdownload`],
  ['temporary', (stem, end) => `${stem}${end}.tmp`],
  ['unpacked', (stem) => stem],
  ['upper case', (stem, end) => `${stem}${end}`.toUpperCase()],
  ['blank at the end', (stem, end) => `${stem}${end} `],
  ['dot at the end', (stem, end) => `${stem}${end}.`],
  ['line break at the end', (stem, end) => `${stem}${end}\n`],
];

describe.each(CHANGES)('a name as %s', (_, change) => {
  it.each(NAMES)('of %s is foreign', (path) => {
    const [folder = '', name = ''] = path.split('/');
    const dot = name.indexOf('.');
    const changed = change(name.slice(0, dot), name.slice(dot));
    expect(parsePath('b', `b/${folder}/${changed}`)).toBeNull();
  });
});

it.each([
  ...['desktop.ini', '.DS_Store', 'Thumbs.db', 'Icon\r', '.stfolder', '.stignore', '.dropbox'],
  ...[
    '.nextcloudsync.log',
    '.owncloudsync.log',
    '.sync.ffs_db',
    '.chat-vault-1.tmp',
    '$RECYCLE.BIN',
  ],
])('%j is foreign in every folder', (name) => {
  for (const folder of ['deltas', '2024', 'catalogs', 'keyring']) {
    expect(parsePath('b', `b/${folder}/${name}`)).toBeNull();
  }
});

it.each(['.stversions', '.stfolder', 'deltas (1)', '2024 (conflicted copy)', 'Deltas', '.trash'])(
  'every name in a folder %j is foreign',
  (folder) => {
    for (const path of NAMES) {
      const [, name = ''] = path.split('/');
      expect(parsePath('b', `b/${folder}/${name}`)).toBeNull();
      expect(parsePath('b', `b/${folder}/${path}`)).toBeNull();
    }
  },
);
