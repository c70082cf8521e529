import { driveFailure } from './drive-error.js';

/**
 * A part of the driver that few need.
 *
 * @throws CloudError `offline` when it cannot be fetched
 */
export const loadLater = <Module>(load: () => Promise<Module>): Promise<Module> =>
  load().catch((cause: unknown) => {
    throw driveFailure('offline', 'its code cannot be loaded', { cause });
  });
