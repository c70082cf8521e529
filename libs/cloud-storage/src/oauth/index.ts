export { completeSignIn } from './complete-sign-in.js';
export { type OAuthSignIn } from './oauth-sign-in.js';
export { type StoredTokens, type TokenStore } from './token-store.js';
