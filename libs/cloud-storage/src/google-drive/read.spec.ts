import { describe, expect, it } from 'vitest';
import { refusal } from '../../peers/google-drive/fake-answers.js';
import { bytesOf, only, setUp, textOf } from '../../peers/google-drive/set-up.js';

const range = { offset: 2, length: 3 };
const isMedia = (request: Request) => request.url.endsWith('alt=media');

/** Files of one name in one folder, with these contents, the oldest first. */
const setUpCopies = async (...contents: readonly string[]) => {
  const env = setUp();
  await env.cloud.create('a/first', bytesOf('first'));
  const parents = only(env.at('a/first')).parents;
  const copies = contents.map((content) =>
    env.drive.store.add({ name: 'file', parents }, bytesOf(content)),
  );
  return { ...env, cloud: env.openCloud(), copies };
};

describe('googleDriveCloud read', () => {
  it('is one request for a file that was listed or made here', async () => {
    const { cloud, openCloud, newRequests } = await setUpCopies('0123456789');
    await cloud.list('a');
    newRequests();
    expect(textOf(await cloud.read('a/file', { range }))).toBe('234');
    expect(newRequests()).toEqual(['GET files/id']);
    const other = openCloud();
    await other.create('b/file', bytesOf('made'));
    newRequests();
    expect(textOf(await other.read('b/file'))).toBe('made');
    expect(newRequests()).toEqual(['GET files/id']);
  });

  it('asks anew when what was listed is gone, and only then says not-found', async () => {
    const { drive, cloud, copies, at } = await setUpCopies('old');
    await cloud.list('a');
    drive.store.remove(copies[0]?.id ?? '');
    drive.store.add({ name: 'file', parents: only(at('a/first')).parents }, bytesOf('new one'));
    expect(textOf(await cloud.read('a/file'))).toBe('new one');
    drive.store.remove(only(at('a/file')).id);
    await expect(cloud.read('a/file')).rejects.toMatchObject({ code: 'not-found' });
  });

  it('does not read from the trash what it made itself once a listing lacked it', async () => {
    const { cloud, at } = setUp();
    await cloud.create('a/file', bytesOf('made'));
    only(at('a/file')).trashed = true;
    expect(await cloud.list('a')).toEqual([]);
    await expect(cloud.read('a/file')).rejects.toMatchObject({ code: 'not-found' });
  });

  it('reads a file whose content somebody replaced', async () => {
    const { cloud, copies } = await setUpCopies('short');
    await cloud.list('a');
    only(copies).bytes = bytesOf('much longer');
    expect(textOf(await cloud.read('a/file'))).toBe('much longer');
    expect(textOf(await cloud.read('a/file', { range: { offset: 5, length: 99 } }))).toBe('longer');
  });

  it('cuts the part itself when ranges are ignored', async () => {
    const { drive, cloud } = await setUpCopies('0123456789');
    drive.around = async (request, pass) => {
      if (!isMedia(request)) return pass();
      expect(request.headers.get('Range')).toBe('bytes=2-4');
      return new Response('0123456789');
    };
    expect(textOf(await cloud.read('a/file', { range }))).toBe('234');
  });

  it.each([
    ['a whole file that ends early', new Response('01234'), undefined],
    ['a whole file that ends early, for a part', new Response('01234'), range],
    ['a part that ends early', new Response('23', { status: 206 }), range],
    ['a part nobody asked for', new Response('01234', { status: 206 }), undefined],
    ['no part, as if the file were shorter', new Response(null, { status: 416 }), range],
    [
      'another part',
      new Response('012', { status: 206, headers: { 'Content-Range': 'bytes 0-2/10' } }),
      range,
    ],
  ])('is unavailable for %s', async (_, answer, part) => {
    const { drive, cloud } = await setUpCopies('0123456789');
    drive.around = (request, pass) => (isMedia(request) ? answer.clone() : pass());
    const options = part ? { range: part } : {};
    await expect(cloud.read('a/file', options)).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('takes no more than it asked for', async () => {
    const { drive, cloud } = await setUpCopies('0123456789');
    drive.around = (request, pass) =>
      isMedia(request) ? new Response('2345678', { status: 206 }) : pass();
    expect(textOf(await cloud.read('a/file', { range }))).toBe('234');
  });
});

describe('googleDriveCloud with files of one name', () => {
  it('shows one of them, and reads the one it shows', async () => {
    const { cloud } = await setUpCopies('oldest', 'later on');
    const listed = (await cloud.list('a')).filter(({ path }) => path === 'a/file');
    expect(only(listed)).toMatchObject({ size: 6 });
    expect(textOf(await cloud.read('a/file'))).toBe('oldest');
  });

  it('prefers what most of them agree on', async () => {
    const { cloud, openCloud } = await setUpCopies('torn', 'good', 'odd one', 'good');
    expect(textOf(await cloud.read('a/file'))).toBe('good');
    expect(await openCloud().list('a')).toContainEqual(
      expect.objectContaining({ path: 'a/file', size: 4 }),
    );
  });

  it.each([
    ['is gone', () => refusal(404, 'notFound')],
    ['is taken for harmful', () => refusal(403, 'cannotDownloadAbusiveFile')],
    ['arrives cut short', () => new Response('ol')],
  ])('reads the next one when the first %s', async (_, answer) => {
    const { drive, cloud, copies } = await setUpCopies('oldest', 'later');
    drive.around = (request, pass) =>
      request.url.includes(`${copies[0]?.id}?`) ? answer() : pass();
    expect(textOf(await cloud.read('a/file'))).toBe('later');
  });

  it('says why when none can be read', async () => {
    const { drive, cloud } = await setUpCopies('one', 'two');
    drive.around = (request, pass) =>
      isMedia(request) ? refusal(403, 'cannotDownloadAbusiveFile') : pass();
    await expect(cloud.read('a/file')).rejects.toMatchObject({
      code: 'forbidden',
      details: { reason: 'cannotDownloadAbusiveFile' },
    });
  });

  it('takes one of the size for its own, and refuses to add one of another', async () => {
    const { cloud, at } = await setUpCopies('oldest', 'later on');
    await cloud.create('a/file', bytesOf('8 bytes.'));
    await expect(cloud.create('a/file', bytesOf('x'))).rejects.toMatchObject({ code: 'conflict' });
    expect(at('a/file')).toHaveLength(2);
  });

  it('removes all of them, and nothing else', async () => {
    const { drive, cloud, at } = await setUpCopies('one', 'two', 'three');
    drive.store.add({ name: 'FILE', parents: only(at('a/first')).parents }, bytesOf('other'));
    await cloud.remove('a/file');
    expect(at('a/file')).toEqual([]);
    expect(at('a/FILE')).toHaveLength(1);
    expect(at('a/first')).toHaveLength(1);
    await cloud.remove('a/file');
  });

  it('does not remove a file that somebody renamed or moved since it was listed', async () => {
    const { cloud, copies, at } = await setUpCopies('one');
    await cloud.list('a');
    only(copies).name = 'mine now';
    await cloud.remove('a/file');
    expect(at('a/mine now')).toHaveLength(1);
  });
});
