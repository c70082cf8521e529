import { type MemoryCloud } from '@chat-vault/cloud-storage/memory';
import { type ChatSyncFeature, withCloud } from '@chat-vault/chat-sync';
import { type Entity } from '@chat-vault/entity-sync';
import { openTestDevice } from '../../src/test-devices';
import { type ChatSyncTestingOptions } from '../../testing/src/index';
import { type EntitiesOptions } from './entities-options';
import { EntityRepositories } from './entity-repositories';
import { withEntities } from './with-entities';

/** What the tests keep. */
export interface Contact extends Entity {
  name: string;
}

/** How a device of a test is set up. */
export interface EntityDeviceOptions extends ChatSyncTestingOptions {
  readonly entities?: EntitiesOptions;
  readonly features?: readonly ChatSyncFeature[];
}

let seeds = 0;

/** A device with entities and these clouds, which are connected. */
export async function openEntityDevice(
  clouds: readonly MemoryCloud[],
  { entities, features = [], ...testing }: EntityDeviceOptions = {},
) {
  const device = openTestDevice(
    { seed: ++seeds, ...testing },
    withEntities(entities),
    ...features,
    ...clouds.map((cloud) => withCloud(() => cloud)),
  );
  for (const { providerId } of clouds) await device.chatSync.connect(providerId);
  const repositories = device.injector.get(EntityRepositories);
  const contacts = repositories.repo<Contact>('Contact');
  /** Names of all contacts here, sorted. */
  const names = async () => (await contacts.getAll()).map(({ name }) => name).sort();
  return { ...device, repositories, contacts, names };
}

/** Paths of the files of entities. */
export const entityFiles = (cloud: MemoryCloud): readonly string[] =>
  cloud
    .files()
    .map(({ path }) => path)
    .filter((path) => path.includes('/entities/'));
