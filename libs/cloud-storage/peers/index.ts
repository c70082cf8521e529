// For the benchmarks; the package does not have it.
export { startFakeDropbox } from './dropbox/fake-dropbox.js';
export { FakeGoogleDrive } from './google-drive/fake-google-drive.js';
export { nephele } from './nephele.js';
export { startFakeOneDrive } from './onedrive/fake-one-drive.js';
export { s3rver } from './s3/s3rver.js';
