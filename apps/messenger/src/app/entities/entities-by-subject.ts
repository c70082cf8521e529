import { Injector, type Signal, computed, inject } from '@angular/core';
import { EntityRepositories, type EntityRepository } from '@chat-vault/chat-sync/entities';
import { entityId } from './entity-id';
import { type EntityTypes, SUBJECT_FIELDS } from './entity-types';
import { lenientEntity } from './lenient-entity';

/** The entities of a name, each by what it is about: a sender id or the URN of a conversation. */
export class EntitiesBySubject<Name extends keyof EntityTypes> {
  readonly #name: Name;
  readonly #repositories: EntityRepositories;
  readonly #repository: EntityRepository<EntityTypes[Name]>;
  /** Changes of one entity are made one after the other, each to what the one before left. */
  #turn: Promise<unknown> = Promise.resolve();

  /** Kept up to date until the injector is destroyed, whoever makes the change; empty until they were read. */
  readonly all: Signal<ReadonlyMap<string, EntityTypes[Name]>>;

  constructor(name: Name, repositories: EntityRepositories, injector: Injector) {
    this.#name = name;
    this.#repositories = repositories;
    this.#repository = repositories.repo(name);
    const list = this.#repository.signalAll({}, { injector });
    const field: string = SUBJECT_FIELDS[name];
    this.all = computed(() => {
      const entities = list().flatMap((stored) => lenientEntity(name, stored) ?? []);
      return new Map(entities.map((entity) => [subjectOf(entity, field), entity]));
    });
  }

  /** What is on the screen of it; `null` without one. */
  of(subject: string): EntityTypes[Name] | null {
    return this.all().get(subject) ?? null;
  }

  /** What this device knows of it, also before it is on the screen. @throws ChatVaultError */
  async read(subject: string): Promise<EntityTypes[Name] | null> {
    const stored = await this.#repository.get(entityId(this.#name, subject));
    return stored && lenientEntity(this.#name, stored);
  }

  /** Saves it as it is given, whatever was there. At once, when entities have been read. @throws ChatVaultError */
  async save(entity: EntityTypes[Name]): Promise<void> {
    const subject = subjectOf(entity, SUBJECT_FIELDS[this.#name]);
    await this.#repository.save({ ...entity, id: entityId(this.#name, subject) });
  }

  /**
   * Saves what `change` makes of it as it is now, so that what another device changed of it stays; `null` removes it. Resolves when that is on
   * this device; what cannot be written there is on the screen all the same, and is tried again.
   * @throws ChatVaultError
   */
  update(
    subject: string,
    change: (current: EntityTypes[Name] | null) => EntityTypes[Name] | null,
  ): Promise<void> {
    const done = this.#turn.then(async () => {
      const current = await this.read(subject);
      const changed = change(current);
      if (changed !== null) await this.save(changed);
      else if (current !== null) await this.remove(subject);
      const written = await this.#repositories.flush();
      if (!written.ok) throw written.error;
    });
    this.#turn = done.catch(() => undefined);
    return done;
  }

  /** Removes it on all devices. @throws ChatVaultError */
  async remove(subject: string): Promise<void> {
    await this.#repository.delete(entityId(this.#name, subject));
  }
}

/** The entities of a name; in an injection context, kept up to date for as long as that lives. */
export const injectEntities = <Name extends keyof EntityTypes>(
  name: Name,
): EntitiesBySubject<Name> =>
  new EntitiesBySubject(name, inject(EntityRepositories), inject(Injector));

const subjectOf = (entity: object, field: string): string =>
  (entity as Readonly<Record<string, string>>)[field] ?? '';
