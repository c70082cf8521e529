export { type GivenToken } from '../oauth/given-tokens.js';
export { type GoogleDriveAccess, type GoogleSignIn } from './google-access.js';
export { googleDriveCloud, type GoogleDriveCloudOptions } from './google-drive-cloud.js';
export { type GoogleOAuth2 } from './google-identity.js';
