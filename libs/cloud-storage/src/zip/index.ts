export { exportZip, type ExportZipOptions, type ZipProgress } from './export-zip.js';
export { zipCloud, type ZipCloudOptions } from './zip-cloud.js';
export { type ZipRefusal } from './zip-refused.js';
