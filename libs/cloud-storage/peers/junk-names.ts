/** What file systems and sync programs put beside a file of this name: other versions of it, unfinished ones, and their own books. */
export const junkNamesFor = (name: string): readonly string[] => {
  const dot = name.indexOf('.');
  const [stem, extension] = dot < 0 ? [name, ''] : [name.slice(0, dot), name.slice(dot)];
  return [
    `${stem} (conflicted copy 2024-01-01)${extension}`,
    `${stem} (Anna's conflicted copy 2024-01-01)${extension}`,
    `${stem}.sync-conflict-20240101-101010-ABCDEFG${extension}`,
    `${stem}~20240101-101010${extension}`,
    `${stem} (1)${extension}`,
    `${stem} 2${extension}`,
    `${stem}-DESKTOP-1${extension}`,
    `${name}.tmp`,
    `${name}.part`,
    `${name}~`,
    `~$${name}`,
    `.${name}.icloud`,
    `._${name}`,
    `.syncthing.${name}.tmp`,
    `~syncthing~${name}.tmp`,
    'desktop.ini',
    '.DS_Store',
    'Thumbs.db',
    '.dropbox',
    'Icon\r',
  ];
};

/** Folders of sync programs. */
export const JUNK_FOLDERS: readonly string[] = [
  '.stfolder',
  '.stversions',
  '.dropbox.cache',
  'deltas (1)',
];
