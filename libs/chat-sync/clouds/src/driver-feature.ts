import { type ChatSyncFeature, withCloud } from '@chat-vault/chat-sync';
import { type CloudStorage } from '@chat-vault/cloud-storage';

/** How the cloud is known before its settings are. */
export interface CloudNames {
  /** Default the driver's own. */
  readonly providerId?: string;
  /** What a person calls it; default the driver's own. */
  readonly displayName?: string;
}

/** Settings, or what gives them: called in an injection context and again whenever a signal it read changes. */
export type Given<Settings> = Settings | (() => Settings | null | undefined);

/** What a `with…` function knows of its driver. */
export interface Driver<Settings> {
  /** Name of the function, for error messages. */
  readonly name: string;
  readonly providerId: string;
  readonly displayName: string;
  /** Where the files are, without secrets. */
  location(settings: Settings): string;
  /** Whether who signs in is part of the settings. */
  hasFixedSignIn(settings: Settings): boolean;
  load(): Promise<(settings: Settings) => CloudStorage>;
}

/** The feature of a driver, with the names that the application chose. */
export function driverFeature<Settings extends CloudNames>(
  driver: Driver<Settings>,
  given: Given<Settings>,
  names: CloudNames,
): ChatSyncFeature {
  const known: CloudNames = typeof given === 'function' ? {} : given;
  const providerId = names.providerId ?? known.providerId ?? driver.providerId;
  const displayName = names.displayName ?? known.displayName ?? driver.displayName;
  const feature = withCloud<Settings>({
    providerId,
    displayName,
    settings: typeof given === 'function' ? given : () => given,
    location: (settings) => driver.location(settings),
    hasFixedSignIn: (settings) => driver.hasFixedSignIn(settings),
    load: async () => {
      const create = await driver.load();
      return (settings) => create({ displayName, ...settings, providerId });
    },
  });
  return { ...feature, name: driver.name };
}
