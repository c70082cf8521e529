/** Provider id of a WebDAV server; what is known of a cloud is kept under its id. */
export const WEB_DAV = 'webdav';
/** Provider id of an S3 bucket. */
export const S3 = 's3';
/** Provider id of the person's Google Drive. */
export const GOOGLE_DRIVE = 'google-drive';
/** Provider id of the person's Dropbox. */
export const DROPBOX = 'dropbox';
/** Provider id of the person's OneDrive. */
export const ONE_DRIVE = 'onedrive';
/** Provider id of the folder that the browser keeps for this site. */
export const PRIVATE_FOLDER = 'private-folder';
/** Provider id of a folder that the person chooses. */
export const PICKED_FOLDER = 'picked-folder';

/** Clouds that are offered only when the application is registered at their service. */
export const REGISTERED: ReadonlySet<string> = new Set([GOOGLE_DRIVE, DROPBOX, ONE_DRIVE]);
