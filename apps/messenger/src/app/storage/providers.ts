/** Provider ids of the clouds that the app offers; what is known of a cloud is kept under them. */
export const WEB_DAV = 'webdav';
export const PRIVATE_FOLDER = 'private-folder';
export const PICKED_FOLDER = 'picked-folder';
