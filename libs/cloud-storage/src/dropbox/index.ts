export { type GivenToken } from '../oauth/given-tokens.js';
export { type OAuthSignIn } from '../oauth/oauth-sign-in.js';
export { type StoredTokens, type TokenStore } from '../oauth/token-store.js';
export { dropboxCloud, type DropboxCloudOptions, type DropboxSettings } from './dropbox-cloud.js';
