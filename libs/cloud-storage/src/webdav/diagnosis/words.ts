import { type Finding, type WebDavFinding } from './finding.js';

/** What a person reads: what is the matter, and what helps. */
export interface Words {
  readonly message: string;
  readonly hint: string;
}

/** The words for a finding about a server that is called by its host; `isNextcloud` adds what is special there. */
export const wordsOf = (finding: Finding, host: string, isNextcloud: boolean): Words => {
  const [message, hint] = WORDS[finding.code];
  const details = [
    finding.missing?.length ? `Missing: ${finding.missing.join(', ')}.` : '',
    finding.location ? `The address is ${finding.location}` : '',
    finding.hasIndex
      ? `It shows folders as JSON, so the setting listing: 'autoindex-json' works.`
      : '',
    finding.left?.length
      ? `This was left there and may be removed: ${finding.left.join(', ')}.`
      : '',
    isNextcloud ? (NEXTCLOUD[finding.code] ?? '') : '',
  ];
  return {
    message: message.replace('{host}', host),
    hint: [hint, ...details].filter((text) => text !== '').join(' '),
  };
};

const WORDS: Readonly<Record<WebDavFinding, readonly [message: string, hint: string]>> = {
  fine: ['{host} works.', ''],
  'ranges-ignored': [
    '{host} works, but sends whole files where a part was asked for.',
    'Old messages load more slowly. Turn byte ranges on at the server.',
  ],
  'listing-lags': [
    '{host} works, but does not show a file that was just written.',
    'Other devices get messages later. Turn caches of listings off at the server.',
  ],
  'bad-address': [
    'This is not an address of a WebDAV folder.',
    'It begins with https:// and holds no name or password.',
  ],
  insecure: [
    'This page is secure, so the browser does not let it speak to an http:// address.',
    'Use the https:// address of the server.',
  ],
  offline: ['This device has no network.', 'Try again when it has.'],
  unreachable: [
    '{host} does not answer.',
    'Check the address, that the server runs, and that its certificate is valid: opening the address in a new tab shows more.',
  ],
  redirected: ['{host} sends this address on to another one.', 'Use that one.'],
  'wrong-path': [
    '{host} answers, but there is no WebDAV folder at this path.',
    'Copy the WebDAV address from the settings of the server.',
  ],
  'missing-folder': [
    'The folder does not exist on {host}; the one above it does.',
    'Check the spelling. If it is right, make the folder there, or go on: the first backup makes it.',
  ],
  'not-webdav': [
    '{host} is a web server that takes no files at this path.',
    'Turn WebDAV on for the folder, or check the address.',
  ],
  'no-cors': [
    '{host} answers, but lets no pages of this origin in (CORS).',
    'The server has to send CORS headers, or this application and the storage have to be served from one origin.',
  ],
  'preflight-unauthorized': [
    '{host} wants a password for the question that browsers ask in advance (the CORS preflight), and that never has one.',
    'The server has to answer OPTIONS requests without a password.',
  ],
  'cors-incomplete': [
    '{host} lets pages of this origin in, but not with all that is needed (CORS).',
    'Allow these methods and headers at the server.',
  ],
  unauthorized: ['{host} does not accept this name and password.', 'Check both, then try again.'],
  forbidden: [
    '{host} accepts the account, but not for this folder.',
    'Use another folder, or give the account the right to read and write there.',
  ],
  'no-listing': [
    '{host} takes files but does not list them, so what other devices wrote could not be found.',
    'Turn PROPFIND on at the server.',
  ],
  'read-only': [
    '{host} lets this account read but not write here.',
    'Use another folder, or give the account the right to write files and make folders.',
  ],
  full: ['The storage at {host} is full.', 'Free some space there.'],
  'no-removing': [
    '{host} takes files but does not let this account remove them.',
    'Give the account the right to remove files; without it the storage only grows.',
  ],
  altered: [
    '{host} gives other bytes back than were stored.',
    'Turn off what changes files on the way: compression of .gz files (AddEncoding), virus or content filters.',
  ],
  unavailable: ['{host} is busy or failed.', 'Try again later.'],
  unexpected: ['{host} gave an answer that a WebDAV server does not give.', 'Check the address.'],
};

const NEXTCLOUD: Partial<Record<WebDavFinding, string>> = {
  'wrong-path':
    'In Nextcloud it is shown in Files, Settings, WebDAV; after /files/ comes the id of the user, which may differ from the name to sign in with.',
  unauthorized:
    'Nextcloud wants an app password (Settings, Security), and always with two-factor sign-in.',
  'no-cors': 'Nextcloud itself has no setting for this.',
  'preflight-unauthorized': 'Nextcloud itself has no setting for this.',
};
