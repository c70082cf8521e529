export { directoryCloud, type DirectoryCloudOptions } from './directory-cloud.js';
