import { type EnvironmentProviders, type Provider } from '@angular/core';
import { type CloudSource } from '../cloud/cloud-source';

/** What a feature is about. Each kind may appear once, `cloud` any number of times with different providers. */
export type ChatSyncFeatureKind =
  'cloud' | 'storage' | 'schedule' | 'logger' | 'encryption' | 'live' | 'entities';

/** One choice made in `provideChatSync`; made only by the `with…` functions. */
export interface ChatSyncFeature {
  readonly kind: ChatSyncFeatureKind;
  /** The function that made it, for error messages. */
  readonly name: string;
  readonly providers: readonly (Provider | EnvironmentProviders)[];
  /** Of the kind `cloud`: makes the source in an injection context. */
  readonly createSource?: () => CloudSource;
}
