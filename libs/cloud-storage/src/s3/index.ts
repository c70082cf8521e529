export { type S3Credentials, type S3Keys } from './credentials.js';
export { s3Cloud, type S3CloudOptions } from './s3-cloud.js';
