import { inject, signal } from '@angular/core';
import { type CloudOpener, type OpenRequest } from '../cloud/cloud-source';
import { loadCode } from '../cloud/load-code';
import { BROWSER_WINDOW } from '../page/browser-window';
import { ChatSyncError } from '../sync/chat-sync-error';
import { type ChatSyncFeature } from './chat-sync-feature';

/** Which folder, and how it is called. */
export interface DirectorySettings {
  /** The folder, or what opens it without asking, for example `() => navigator.storage.getDirectory()`. Default: a person picks one. */
  readonly handle?: FileSystemDirectoryHandle | (() => Promise<FileSystemDirectoryHandle>);
  /** Lets a person pick a folder; default the browser's own dialog. */
  readonly pick?: () => Promise<FileSystemDirectoryHandle>;
  /** Default `directory`. */
  readonly providerId?: string;
  /** What a person calls it; default `Folder`. */
  readonly displayName?: string;
}

interface PickingWindow {
  showDirectoryPicker?(options: { readonly mode: 'readwrite' }): Promise<FileSystemDirectoryHandle>;
}

/**
 * Offers a folder of this device, which another program may carry to other devices. A picked folder is remembered on this device until
 * `disconnect` with `forget`. Not configured where the browser cannot open folders.
 */
export function withDirectory(settings: DirectorySettings = {}): ChatSyncFeature {
  const { providerId = 'directory', displayName = 'Folder' } = settings;
  return {
    kind: 'cloud',
    name: 'withDirectory',
    providers: [],
    createSource: () => {
      const window: (Window & PickingWindow) | null = inject(BROWSER_WINDOW);
      const find = createFinder(settings, window);
      const prepare = () => loadCode(() => import('@chat-vault/cloud-storage/directory'));
      const opener: CloudOpener = async (request) => {
        const handle = await find(request);
        const { directoryCloud } = await prepare();
        const cloud = directoryCloud({ handle, providerId, displayName });
        if (settings.handle) return { cloud };
        const isOtherPlace = await isOther(handle, request.remembered);
        return { cloud, remember: handle, isOtherPlace };
      };
      const canOpen = settings.handle ?? settings.pick ?? window?.showDirectoryPicker;
      return { providerId, displayName, opener: signal(canOpen ? opener : null), prepare };
    },
  };
}

type Finder = (request: OpenRequest) => Promise<FileSystemDirectoryHandle>;

/** Whether a folder was remembered and this is another one; when the browser cannot tell, it is. */
async function isOther(handle: FileSystemDirectoryHandle, remembered: unknown): Promise<boolean> {
  if (!isHandle(remembered) || remembered === handle) return false;
  return !(await remembered.isSameEntry(handle).catch(() => false));
}

function createFinder({ handle, pick }: DirectorySettings, window: PickingWindow | null): Finder {
  const ask = pick ?? (() => window?.showDirectoryPicker?.({ mode: 'readwrite' }));
  return async ({ interactive, otherPlace, remembered }) => {
    if (handle) return typeof handle === 'function' ? handle() : handle;
    if (isHandle(remembered) && !otherPlace) return remembered;
    const picked = interactive ? await askPerson(ask) : undefined;
    if (picked) return picked;
    throw new ChatSyncError(
      'not-configured',
      'chat-sync: no folder was chosen yet; call connect() from a click',
    );
  };
}

async function askPerson<Handle>(ask: () => Promise<Handle> | undefined) {
  try {
    return await ask();
  } catch (cause) {
    // The dialog rejects so when it is closed without a choice.
    if (!isAbortError(cause)) throw cause;
    throw new ChatSyncError('aborted', 'chat-sync: no folder was chosen', { cause });
  }
}

const isAbortError = (thrown: unknown): boolean =>
  typeof thrown === 'object' && thrown !== null && 'name' in thrown && thrown.name === 'AbortError';

const isHandle = (value: unknown): value is FileSystemDirectoryHandle =>
  typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'directory';
