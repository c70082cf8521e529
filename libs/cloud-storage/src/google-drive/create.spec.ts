import { describe, expect, it } from 'vitest';
import { refusal } from '../../peers/google-drive/fake-answers.js';
import { bytesOf, only, setUp, textOf } from '../../peers/google-drive/set-up.js';
import { withRetry } from '../retry/with-retry.js';

const isCreation = (request: Request) => request.method === 'POST';

/** As a request whose answer got lost on the way back. */
const lost = () => Promise.reject(new TypeError('fetch failed'));

describe('googleDriveCloud create', { timeout: 60_000 }, () => {
  it('makes each folder once for 1,000 files at once', async () => {
    const { cloud, at, drive } = setUp();
    const paths = Array.from({ length: 1000 }, (_, index) => `a/${index % 4}/${index}`);
    await Promise.all(paths.map((path) => cloud.create(path, bytesOf(path))));
    expect(drive.store.at('Chat Vault')).toHaveLength(1);
    for (const folder of ['a', 'a/0', 'a/1', 'a/2', 'a/3']) expect(at(folder)).toHaveLength(1);
    for (const path of paths) expect(at(path)).toHaveLength(1);
  });

  it('is one request for a new file in a folder that was made or listed', async () => {
    const { cloud, openCloud, newRequests } = setUp();
    await cloud.create('a/1', bytesOf('1'));
    newRequests();
    await cloud.create('a/2', bytesOf('2'));
    expect(newRequests()).toEqual(['POST upload files']);
    const other = openCloud();
    await other.list('a');
    newRequests();
    await other.create('a/3', bytesOf('3'));
    expect(newRequests()).toEqual(['GET files/generateIds', 'POST upload files']);
  });

  it('is one request again after the file was removed', async () => {
    const { cloud, newRequests, at } = setUp();
    await cloud.create('a/1', bytesOf('1'));
    await cloud.remove('a/1');
    newRequests();
    await cloud.create('a/1', bytesOf('another'));
    expect(newRequests()).toEqual(['POST upload files']);
    await cloud.remove('a/1');
    expect(newRequests()).toEqual(['GET files', 'DELETE files/id']);
    expect(at('a/1')).toEqual([]);
  });

  it('looks first where nothing is known of the folder', async () => {
    const { cloud, openCloud, newRequests, at } = setUp();
    await cloud.create('a/1', bytesOf('1'));
    newRequests();
    const other = openCloud();
    await other.create('a/1', bytesOf('1'));
    await expect(other.create('a/1', bytesOf('22'))).rejects.toMatchObject({ code: 'conflict' });
    expect(newRequests().every((line) => line === 'GET files')).toBe(true);
    expect(at('a/1')).toHaveLength(1);
  });

  it('leaves one file when the reply got lost and it is tried again', async () => {
    const { drive, cloud, at } = setUp();
    await cloud.create('a/before', bytesOf('x'));
    let losses = 0;
    drive.around = async (request, pass) => {
      const answer = await pass();
      return isCreation(request) && ++losses <= 3 ? lost() : answer;
    };
    await expect(cloud.create('a/1', bytesOf('one'))).rejects.toMatchObject({ code: 'offline' });
    await expect(cloud.create('b/c/2', bytesOf('two'))).rejects.toMatchObject({ code: 'offline' });
    const patient = withRetry(cloud, { sleep: async () => undefined });
    await patient.create('a/1', bytesOf('one'));
    await patient.create('b/c/2', bytesOf('two'));
    expect(losses).toBeGreaterThan(3);
    for (const path of ['a/1', 'b', 'b/c', 'b/c/2']) expect(at(path)).toHaveLength(1);
    expect(textOf(only(at('a/1')).bytes)).toBe('one');
  });

  it('leaves one file when searches do not show the first try yet', async () => {
    const { drive, cloud, at } = setUp();
    await cloud.create('a/before', bytesOf('x'));
    await cloud.list('a');
    drive.around = async (request, pass) => {
      const answer = await pass();
      if (!isCreation(request)) return answer;
      for (const { id } of at('a/1')) drive.hidden.add(id);
      return lost();
    };
    await expect(cloud.create('a/1', bytesOf('one'))).rejects.toMatchObject({ code: 'offline' });
    drive.around = (_, pass) => pass();
    await cloud.create('a/1', bytesOf('one'));
    expect(at('a/1')).toHaveLength(1);
    expect(textOf(await cloud.read('a/1'))).toBe('one');
    await cloud.create('a/1', bytesOf('one'));
    await expect(cloud.create('a/1', bytesOf('other'))).rejects.toMatchObject({ code: 'conflict' });
    await cloud.list('a');
    await cloud.create('a/1', bytesOf('one'));
    expect(textOf(await cloud.read('a/1'))).toBe('one');
    await cloud.remove('a/1');
    expect(at('a/1')).toEqual([]);
  });

  it('says conflict when the first try arrived with other bytes', async () => {
    const { drive, cloud, at } = setUp();
    await cloud.create('a/before', bytesOf('x'));
    drive.around = async (request, pass) => {
      const answer = await pass();
      return isCreation(request) ? lost() : answer;
    };
    await expect(cloud.create('a/1', bytesOf('one'))).rejects.toMatchObject({ code: 'offline' });
    drive.around = (_, pass) => pass();
    await expect(cloud.create('a/1', bytesOf('three'))).rejects.toMatchObject({
      code: 'conflict',
      details: { path: 'a/1', size: 3 },
    });
    expect(textOf(only(at('a/1')).bytes)).toBe('one');
  });

  it('makes a file again that somebody removed or put into the trash', async () => {
    const { drive, cloud, at, openCloud } = setUp();
    await cloud.create('a/1', bytesOf('one'));
    await cloud.create('a/2', bytesOf('two'));
    await openCloud().remove('a/1');
    const trashed = only(at('a/2'));
    trashed.trashed = true;
    await cloud.create('a/1', bytesOf('one'));
    await cloud.create('a/2', bytesOf('two'));
    expect(at('a/1')).toHaveLength(1);
    expect(at('a/2').filter((file) => !drive.store.isTrashed(file))).toHaveLength(1);
    expect(textOf(await cloud.read('a/2'))).toBe('two');
  });

  it('takes another id when the one of a lost try was removed since, or is refused', async () => {
    const { drive, cloud, at } = setUp();
    await cloud.create('a/before', bytesOf('x'));
    drive.around = async (request, pass) => {
      const answer = await pass();
      return isCreation(request) ? lost() : answer;
    };
    await expect(cloud.create('a/1', bytesOf('one'))).rejects.toMatchObject({ code: 'offline' });
    only(at('a/1')).trashed = true;
    drive.around = (_, pass) => pass();
    await cloud.create('a/1', bytesOf('one'));
    expect(at('a/1').map(({ trashed }) => trashed)).toEqual([true, false]);
    drive.store.forgetReserved();
    await cloud.create('a/2', bytesOf('two'));
    await cloud.create('b/3', bytesOf('three'));
    expect(textOf(await cloud.read('b/3'))).toBe('three');
  });

  it('makes folders again that are gone or in the trash', async () => {
    const { drive, cloud, at } = setUp();
    await cloud.create('a/b/1', bytesOf('1'));
    drive.store.remove(only(at('a')).id);
    await cloud.create('a/b/2', bytesOf('2'));
    expect(at('a/b/2')).toHaveLength(1);
    const trashed = only(at('a'));
    trashed.trashed = true;
    await cloud.create('a/b/3', bytesOf('3'));
    expect((await cloud.list('a/b')).map(({ path }) => path)).toEqual(['a/b/3']);
    drive.store.remove(only(drive.store.at('Chat Vault')).id);
    await cloud.create('a/c/4', bytesOf('4'));
    expect(await cloud.listFolders('a')).toEqual(['c']);
  });

  it('gives up, and calls no file absent, when its folders keep vanishing', async () => {
    const { drive, cloud, at } = setUp();
    await cloud.create('a/1', bytesOf('1'));
    drive.around = (request, pass) => (isCreation(request) ? refusal(404, 'notFound') : pass());
    await expect(cloud.create('a/2', bytesOf('2'))).rejects.toMatchObject({ code: 'unavailable' });
    await expect(cloud.create('b/2', bytesOf('2'))).rejects.toMatchObject({ code: 'unavailable' });
    expect(at('b')).toEqual([]);
  });

  it('leaves one file when asked several times at once', async () => {
    const { cloud, at } = setUp();
    await Promise.all([1, 2, 3, 4].map(() => cloud.create('a/1', bytesOf('one'))));
    expect(at('a/1')).toHaveLength(1);
  });

  it('ends at once for a caller who waits for another and gives up', async () => {
    const { drive, cloud } = setUp();
    let letGo: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (letGo = resolve));
    drive.around = async (_, pass) => {
      await held;
      return pass();
    };
    const first = cloud.create('a/1', bytesOf('one'));
    const aborter = new AbortController();
    const second = cloud.create('a/1', bytesOf('one'), { signal: aborter.signal });
    const third = cloud.create('b/2', bytesOf('two'), { signal: aborter.signal });
    aborter.abort('enough');
    await expect(second).rejects.toMatchObject({ code: 'aborted', cause: 'enough' });
    await expect(third).rejects.toMatchObject({ code: 'aborted', cause: 'enough' });
    letGo();
    await first;
    await cloud.create('b/2', bytesOf('two'));
  });
});
