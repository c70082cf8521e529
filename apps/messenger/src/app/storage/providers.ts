/** Provider id of a WebDAV server; what is known of a cloud is kept under its id. */
export const WEB_DAV = 'webdav';
/** Provider id of the folder that the browser keeps for this site. */
export const PRIVATE_FOLDER = 'private-folder';
/** Provider id of a folder that the person chooses. */
export const PICKED_FOLDER = 'picked-folder';
