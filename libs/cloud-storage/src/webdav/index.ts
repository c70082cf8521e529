export { type WebDavCredentials } from './credentials.js';
export { webDavCloud, type WebDavCloudOptions } from './web-dav-cloud.js';
