import { CloudError } from '../port/cloud-error.js';

/** Permission calls of folders that a person picked; not in all browsers and not yet in TypeScript's library. */
interface AskingHandle {
  queryPermission?(mode: typeof READ_WRITE): Promise<PermissionState>;
  requestPermission?(mode: typeof READ_WRITE): Promise<PermissionState>;
}

const READ_WRITE = { mode: 'readwrite' } as const;

/** Whether the page may use the folder, without asking anybody. A folder that nobody had to pick is always allowed. */
export const queryPermission = async (
  folder: FileSystemDirectoryHandle,
): Promise<PermissionState> =>
  (await (folder as AskingHandle).queryPermission?.(READ_WRITE)) ?? 'granted';

/** Asks the person when the browser would show a question. */
export const requestPermission = async (
  folder: FileSystemDirectoryHandle,
): Promise<PermissionState> => {
  const state = await queryPermission(folder);
  if (state !== 'prompt') return state;
  try {
    return (await (folder as AskingHandle).requestPermission?.(READ_WRITE)) ?? state;
  } catch (error) {
    // No click stands behind the call, or no longer: the person can still be asked.
    if (error instanceof Error && error.name === 'SecurityError') return 'prompt';
    throw error;
  }
};

/**
 * The permission ended, or was never given. `details.permission` says whether a click can bring it back (`prompt`: an ordinary thing
 * after a restart of the browser) or only the browser's settings or another choice of the folder (`denied`).
 */
export const permissionError = (
  name: string,
  permission: PermissionState,
  options?: ErrorOptions,
): CloudError =>
  new CloudError(
    'unauthorized',
    permission === 'denied'
      ? `cloud-storage/directory: the browser keeps this page out of the folder "${name}"; allow it in the browser's settings for this page, or choose the folder again`
      : `cloud-storage/directory: the browser wants to be asked again for the folder "${name}"; connect it from a click`,
    { ...options, details: { permission } },
  );
