import { type TestProject } from 'vitest/node';
import { startFakeDropbox } from '../dropbox/fake-dropbox.js';
import { startFakeOneDrive } from '../onedrive/fake-one-drive.js';

/** Where an imitation listens, for a page of another origin. */
export interface FakeServiceAddress {
  readonly origin: string;
  /** An access token that it takes. */
  readonly token: string;
}

declare module 'vitest' {
  interface ProvidedContext {
    readonly fakeDropbox: FakeServiceAddress;
    readonly fakeOneDrive: FakeServiceAddress;
  }
}

/** Runs the imitations of Dropbox and OneDrive for the tests in the browser. */
export default async (project: TestProject): Promise<() => Promise<void>> => {
  const anyRedirect = ['*'];
  const dropbox = await startFakeDropbox(anyRedirect);
  const oneDrive = await startFakeOneDrive(anyRedirect);
  const addressOf = ({ origin, authority }: typeof dropbox | typeof oneDrive) => ({
    origin,
    token: authority.issueAccessToken(),
  });
  project.provide('fakeDropbox', addressOf(dropbox));
  project.provide('fakeOneDrive', addressOf(oneDrive));
  return async () => {
    await Promise.all([dropbox.stop(), oneDrive.stop()]);
  };
};
