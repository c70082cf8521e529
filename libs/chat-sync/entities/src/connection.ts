import { type ɵSEAM } from '@chat-vault/chat-sync';

type CloudConnections = InstanceType<(typeof ɵSEAM)['CloudConnections']>;

/** A cloud of the application, connected or not. */
export type Connection = CloudConnections['all'][number];
