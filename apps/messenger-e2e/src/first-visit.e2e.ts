import { expect, test } from './support/test.ts';

test('shows the messenger, without errors and barriers', async ({
  openDevice,
  findAccessibilityProblems,
}) => {
  const { context, page } = await openDevice('about:blank');
  const errors: string[] = [];
  context.on('weberror', (error) => errors.push(error.error().message));
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(message.text());
  });
  await page.goto('/');
  await expect(page.getByRole('main')).toBeVisible();
  expect(await findAccessibilityProblems(page)).toEqual([]);
  expect(errors).toEqual([]);
});

test('finds the embedded cloud and refuses it without its password', async ({
  openDevice,
  cloud,
}) => {
  const { page } = await openDevice();
  const status = await page.evaluate(async () => {
    const demo = await (await fetch('/chat-vault-demo.json')).json();
    return (await fetch(demo.webdav.url, { method: 'PROPFIND' })).status;
  });
  expect(status).toBe(401);
  expect(cloud.requests).toContainEqual(
    expect.objectContaining({ method: 'PROPFIND', path: '/', status: 401 }),
  );
});
