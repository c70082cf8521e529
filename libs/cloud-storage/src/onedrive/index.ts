export { type GivenToken } from '../oauth/given-tokens.js';
export { type OAuthSignIn } from '../oauth/oauth-sign-in.js';
export { type StoredTokens, type TokenStore } from '../oauth/token-store.js';
export {
  oneDriveCloud,
  type OneDriveCloudOptions,
  type OneDriveSettings,
} from './one-drive-cloud.js';
