export { type EntitiesOptions } from './entities-options';
export { type EntitiesResult, EntityRepositories } from './entity-repositories';
export { type EntityRepository, type Live } from './entity-repository';
export { withEntities } from './with-entities';
