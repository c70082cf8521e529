import { type ChatSyncService } from '@chat-vault/chat-sync';
import { type IconName } from '../ui/icon';

/** What a browser that runs out of space would do to the chats of this device. */
export interface PersistenceText {
  readonly icon: IconName;
  readonly heading: string;
  readonly text: string;
}

/** The words for it; `null` while it is not known. */
export function persistenceText(
  persistence: ReturnType<ChatSyncService['persistence']>,
): PersistenceText | null {
  switch (persistence) {
    case 'safe':
      return {
        icon: 'shield',
        heading: 'The browser keeps your chats',
        text: 'It does not clear them by itself, also when the device runs out of space.',
      };
    case 'evictable':
      return {
        icon: 'cloud',
        heading: 'Your cloud has all of it',
        text: 'The browser may clear this site’s data when space runs out. Your chats would come back from your cloud.',
      };
    case 'unbacked':
      return {
        icon: 'alert',
        heading: 'Some chats are only here',
        text: 'The browser may clear this site’s data when space runs out. Connect a cloud and sync, so that nothing can be lost.',
      };
    case null:
      return null;
  }
}
