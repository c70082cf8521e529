import { describe, expect, it } from 'vitest';
import { type CallOptions, type CloudStorage } from '../../port/cloud-storage.js';
import { expectCode, listPaths, someBytes, type Bench } from './bench.js';

const CALLS: Record<
  string,
  (cloud: CloudStorage, path: string, options: CallOptions) => Promise<unknown>
> = {
  list: (cloud, path, options) => cloud.list(path, options),
  listFolders: (cloud, path, options) => cloud.listFolders(path, options),
  read: (cloud, path, options) => cloud.read(path, options),
  create: (cloud, path, options) => cloud.create(path, someBytes(1 << 20), options),
  remove: (cloud, path, options) => cloud.remove(path, options),
};

/** A caller may give up at any time and learns that it did. */
export const checkCancelling = (bench: Bench): void => {
  describe('cancelling', () => {
    it.each(Object.entries(CALLS))('refuses to start %s when aborted', async (_, call) => {
      const { cloud, folder } = bench;
      const signal = AbortSignal.abort(new Error('no longer wanted'));
      await expectCode(call(cloud, `${folder}/file`, { signal }), 'aborted');
      expect(await listPaths(bench, folder)).toEqual([]);
    });

    it.each(Object.entries(CALLS))('ends %s under way, or finishes it', async (name, call) => {
      const { cloud, folder } = bench;
      const path = `${folder}/file`;
      if (name !== 'create') await cloud.create(path, someBytes(1 << 20));
      const aborter = new AbortController();
      const running = call(cloud, path, { signal: aborter.signal });
      aborter.abort();
      const outcome = await running.then(
        () => 'finished',
        (error: { readonly code?: string }) => error.code,
      );
      expect(['finished', 'aborted']).toContain(outcome);
    });
  });
};
