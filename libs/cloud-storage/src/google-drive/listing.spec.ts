import { describe, expect, it } from 'vitest';
import { json } from '../../peers/google-drive/fake-answers.js';
import { FOLDER } from '../../peers/google-drive/fake-store.js';
import { bytesOf, only, setUp, textOf } from '../../peers/google-drive/set-up.js';

const isPage = (request: Request) => new URL(request.url).searchParams.has('pageToken');

/** A cloud with so many files in `many`, all in one folder. */
const setUpMany = (count: number) => {
  const env = setUp();
  const { store } = env.drive;
  const root = store.add({ name: 'Chat Vault', mimeType: FOLDER });
  const many = store.add({ name: 'many', mimeType: FOLDER, parents: [root.id] });
  const names = Array.from({ length: count }, (_, index) => `${index + 10_000}`);
  for (const name of names) store.add({ name, parents: [many.id] }, bytesOf(name));
  return { ...env, many, paths: names.map((name) => `many/${name}`) };
};

const pathsOf = (files: readonly { readonly path: string }[]) => files.map(({ path }) => path);

describe('googleDriveCloud list', { timeout: 60_000 }, () => {
  it('gives each of 2,501 files once, however small the pages', async () => {
    const { drive, cloud, paths, newRequests } = setUpMany(2501);
    drive.pageSize = 100;
    expect(pathsOf(await cloud.list('many')).sort()).toEqual(paths);
    expect(newRequests()).toHaveLength(2 + 26);
  });

  it('goes on after a page with nothing on it', async () => {
    const { drive, cloud, paths, newRequests } = setUpMany(5);
    drive.around = (request, pass) => {
      drive.pageSize = isPage(request) ? 1000 : 0;
      return pass();
    };
    expect(pathsOf(await cloud.list('many'))).toEqual(paths);
    expect(newRequests()).toHaveLength(2 * 3);
  });

  it('starts over once when a page expires half-way', async () => {
    const { drive, cloud, paths } = setUpMany(2501);
    drive.pageSize = 500;
    let pages = 0;
    drive.around = (request, pass) => {
      if (isPage(request) && ++pages === 3) drive.expirePages();
      return pass();
    };
    expect(pathsOf(await cloud.list('many')).sort()).toEqual(paths);
  });

  it('fails rather than give a part when pages keep expiring', async () => {
    const { drive, cloud } = setUpMany(50);
    drive.pageSize = 20;
    drive.around = (request, pass) => {
      if (isPage(request)) drive.expirePages();
      return pass();
    };
    await expect(cloud.list('many')).rejects.toMatchObject({ code: 'unavailable' });
  });

  it.each([
    ['says that it searched not everywhere', json({ files: [], incompleteSearch: true })],
    ['has no files', json({ nextPageToken: 'x' })],
    ['names a strange next page', json({ files: [], nextPageToken: 5 })],
    ['names the same next page for ever', json({ files: [], nextPageToken: 'again' })],
    ['is cut off', new Response('{"files":[{"id":"a')],
    ['is a page of a hotel', new Response('<html>Welcome</html>')],
  ])('is unavailable when the answer %s', async (_, answer) => {
    const { drive, cloud } = setUpMany(5);
    drive.around = () => answer.clone();
    await expect(cloud.list('many')).rejects.toMatchObject({ code: 'unavailable' });
    await expect(cloud.listFolders('many')).rejects.toMatchObject({ code: 'unavailable' });
  });

  it.each([
    ['an id that could be anything', { id: "x' or name != '", name: 'a', size: '1' }],
    ['no id', { name: 'a', size: '1' }],
    ['no size', { id: 'a', name: 'a', modifiedTime: '2024-01-31T00:00:00.000Z' }],
    ['no time', { id: 'a', name: 'a', size: '1' }],
  ])('is invalid when a file has %s', async (_, file) => {
    const { drive, cloud } = setUpMany(5);
    drive.around = (request, pass) =>
      request.url.includes('mimeType+%21%3D') ? json({ files: [file] }) : pass();
    await expect(cloud.list('many')).rejects.toMatchObject({ code: 'invalid' });
  });

  it('leaves out what cannot be ours, and shows foreign files of good names', async () => {
    const { drive, cloud, many, paths } = setUpMany(3);
    const odd = ['', '.', '..', 'a/b', '/', 'nul\u0000', 'line\nbreak', 'back\\slash', '\ud83d'];
    const good = ['desktop.ini', '.DS_Store', "it's", 'ünï', '~$lock', ' ', '%2F', 'x'.repeat(200)];
    for (const name of [...odd, ...good]) drive.store.add({ name, parents: [many.id] });
    const ofGoogle = ['document', 'shortcut', 'spreadsheet'];
    for (const type of ofGoogle) {
      const mimeType = `application/vnd.google-apps.${type}`;
      drive.store.add({ name: `a ${type}`, mimeType, parents: [many.id] });
    }
    drive.store.add({ name: '..', mimeType: FOLDER, parents: [many.id] });
    drive.store.add({ name: 'one GB', parents: [many.id] }).size = 1e9;
    const listed = await cloud.list('many');
    const expected = [...paths, ...[...good, 'one GB'].map((name) => `many/${name}`)];
    expect(pathsOf(listed).sort()).toEqual(expected.sort());
    expect(listed.find(({ path }) => path === 'many/one GB')).toMatchObject({ size: 1e9 });
    expect(await cloud.listFolders('many')).toEqual([]);
  });

  it('does not show what is in the trash', async () => {
    const { cloud, at, clock } = setUpMany(2);
    only(at('many/10000')).trashed = true;
    expect(pathsOf(await cloud.list('many'))).toEqual(['many/10001']);
    only(at('many')).trashed = true;
    expect(await cloud.list('many')).toEqual([]);
    clock.ms += 60_000;
    expect(await cloud.listFolders('')).toEqual([]);
  });

  it('asks for a folder that was known and is gone, and for nothing twice', async () => {
    const { drive, cloud, many, newRequests } = setUpMany(2);
    expect(await cloud.list('many')).toHaveLength(2);
    newRequests();
    expect(await cloud.list('many')).toHaveLength(2);
    expect(newRequests()).toEqual(['GET files']);
    drive.store.remove(many.id);
    expect(await cloud.list('many')).toEqual([]);
    await expect(cloud.read('many/10000')).rejects.toMatchObject({ code: 'not-found' });
  });

  it('knows a folder for as long as it is old, a minute at least and an hour at most', async () => {
    const { cloud, clock, many, newRequests } = setUpMany(2);
    clock.ms = Date.parse(many.createdTime);
    const ask = async () => {
      newRequests();
      await cloud.list('many');
      return newRequests().length;
    };
    const [root, folder, files] = [1, 1, 1];
    expect(await ask()).toBe(root + folder + files);
    clock.ms += 59_000;
    expect(await ask()).toBe(files);
    clock.ms += 1_000;
    expect(await ask()).toBe(root + folder + files);
    clock.ms += 600_000;
    expect(await ask()).toBe(root + folder + files);
    clock.ms += 600_000;
    expect(await ask()).toBe(files);
    clock.ms += 2 * 3_600_000;
    expect(await ask()).toBe(root + folder + files);
    clock.ms += 3_599_000;
    expect(await ask()).toBe(files);
    clock.ms += 1_000;
    expect(await ask()).toBe(root + folder + files);
  });

  it('looks once for the folders that calls need together', async () => {
    const { cloud, newRequests } = setUpMany(2);
    await Promise.all([cloud.list('many'), cloud.listFolders('many'), cloud.read('many/10000')]);
    const [root, folder, list, folders, find, read] = [1, 1, 1, 1, 1, 1];
    expect(newRequests()).toHaveLength(root + folder + list + folders + find + read);
  });

  it('is unavailable, and no file is called absent, when folders come and go', async () => {
    const { drive, cloud, many } = setUpMany(2);
    drive.around = (request, pass) =>
      decodeURIComponent(request.url).includes(`'${many.id}'+in`)
        ? json({ error: { errors: [{ reason: 'notFound' }] } }, 404)
        : pass();
    await expect(cloud.list('many')).rejects.toMatchObject({ code: 'unavailable' });
    await expect(cloud.read('many/10000')).rejects.toMatchObject({ code: 'unavailable' });
    await expect(cloud.remove('many/10000')).rejects.toMatchObject({ code: 'unavailable' });
  });
});

describe('googleDriveCloud with folders of one name', () => {
  /** Two folders of each name, at every level. */
  const setUpTwins = () => {
    const env = setUp();
    const { store } = env.drive;
    const roots = [1, 2].map(() => store.add({ name: 'Chat Vault', mimeType: FOLDER }));
    const folders = roots.flatMap(({ id }) =>
      [1, 2].map(() => store.add({ name: 'deltas', mimeType: FOLDER, parents: [id] })),
    );
    for (const [index, { id }] of folders.entries()) {
      store.add({ name: `from ${index}`, parents: [id] }, bytesOf(`${index}`));
      store.add({ name: `sub ${index}`, mimeType: FOLDER, parents: [id] });
    }
    return { ...env, folders };
  };

  it('reads and lists all of them as one', async () => {
    const { cloud } = setUpTwins();
    const paths = [0, 1, 2, 3].map((index) => `deltas/from ${index}`);
    expect(pathsOf(await cloud.list('deltas')).sort()).toEqual(paths);
    expect([...(await cloud.listFolders('deltas'))].sort()).toEqual(
      [0, 1, 2, 3].map((index) => `sub ${index}`),
    );
    expect(await cloud.listFolders('')).toEqual(['deltas']);
  });

  it('finds a file in any of them without a listing', async () => {
    const { cloud } = setUpTwins();
    expect(textOf(await cloud.read('deltas/from 3'))).toBe('3');
    await cloud.remove('deltas/from 3');
    await expect(cloud.read('deltas/from 3')).rejects.toMatchObject({ code: 'not-found' });
  });

  it('writes into the oldest', async () => {
    const { cloud, folders, at } = setUpTwins();
    await cloud.create('deltas/new', bytesOf('new'));
    expect(only(at('deltas/new')).parents).toEqual([folders[0]?.id]);
  });

  it('finds what two devices wrote that began at the same moment', async () => {
    const { drive, clock, cloud, openCloud, at } = setUp();
    const other = openCloud();
    // Neither sees the folders that the other makes.
    drive.around = async (request, pass) => {
      const answer = await pass();
      if (request.method === 'POST') {
        const { id } = (await answer.clone().json()) as { readonly id: string };
        drive.hidden.add(id);
      }
      return answer;
    };
    await Promise.all([cloud.create('a/b/1', bytesOf('1')), other.create('a/b/2', bytesOf('2'))]);
    expect(at('a/b')).toHaveLength(2);
    drive.hidden.clear();
    drive.around = (_, pass) => pass();
    clock.ms += 60_000;
    for (const device of [cloud, other]) {
      expect(pathsOf(await device.list('a/b')).sort()).toEqual(['a/b/1', 'a/b/2']);
      expect(textOf(await device.read('a/b/1'))).toBe('1');
      expect(textOf(await device.read('a/b/2'))).toBe('2');
    }
    await cloud.create('a/b/3', bytesOf('3'));
    await other.create('a/b/4', bytesOf('4'));
    expect(only(at('a/b/3')).parents).toEqual(only(at('a/b/4')).parents);
  });

  it('takes letters of another case for another folder', async () => {
    const { cloud, at } = setUp();
    await cloud.create('Year/file', bytesOf('a'));
    await cloud.create('year/file', bytesOf('bb'));
    expect(at('Year')).toHaveLength(1);
    expect(pathsOf(await cloud.list('year'))).toEqual(['year/file']);
    expect(textOf(await cloud.read('Year/file'))).toBe('a');
    await cloud.create('year/FILE', bytesOf('ccc'));
    expect(textOf(await cloud.read('year/file'))).toBe('bb');
  });
});
