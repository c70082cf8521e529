import { type DataOrchestrator } from '@chat-vault/entity-sync';
import { type Observable } from 'rxjs';

/** How a repository gets at the entities, which may not be loaded yet. */
export interface EntityAccess {
  /** Whether there is a page; without one nothing is read, written or watched. */
  readonly hasPage: boolean;
  /** The entities when they are loaded. */
  opened(): DataOrchestrator | null;
  /** @throws ChatSyncError `not-in-browser`, `closed`; CloudError `offline` */
  open(): Promise<DataOrchestrator>;
  /** The entities as soon as they are loaded, which this starts; ends with the application. */
  readonly opened$: Observable<DataOrchestrator>;
}
