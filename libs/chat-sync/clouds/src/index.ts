export { type Account } from './account';
export { type CloudNames, type Given } from './driver-feature';
export { withDropbox } from './with-dropbox';
export { withGoogleDrive } from './with-google-drive';
export { withOneDrive } from './with-one-drive';
export { withS3 } from './with-s3';
