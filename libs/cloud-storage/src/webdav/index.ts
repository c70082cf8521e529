export { type WebDavCredentials, type WebDavTokenSource } from './credentials.js';
export { webDavCloud, type WebDavCloudOptions } from './web-dav-cloud.js';
