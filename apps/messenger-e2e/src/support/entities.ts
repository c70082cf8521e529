import { expect, type Page } from '@playwright/test';

/** What a person sets in the dialog of a conversation. */
export interface WantedSettings {
  readonly title?: string;
  readonly isPinned?: boolean;
  readonly isMuted?: boolean;
  readonly isArchived?: boolean;
  /** Labels to make. */
  readonly labels?: readonly string[];
}

/** What a person says in the dialog of a contact. */
export interface WantedContact {
  readonly name?: string;
  readonly colour?: string;
  readonly note?: string;
}

/** Fills in and saves the settings of the conversation that is open. */
export async function changeSettings(page: Page, wanted: WantedSettings): Promise<void> {
  await page.getByTestId('conversation-settings').click();
  const { title, labels = [], ...switches } = wanted;
  if (title !== undefined) await page.getByTestId('settings-title').fill(title);
  for (const [name, isOn] of Object.entries(switches))
    await page.getByTestId(name).setChecked(isOn);
  for (const label of labels) {
    await page.getByTestId('new-label').fill(label);
    await page.getByTestId('add-label').click();
    await expect(page.getByTestId('label').filter({ hasText: label })).toHaveAttribute(
      'aria-pressed',
      'true',
    );
  }
  await page.getByTestId('settings-save').click();
  await expect(page.getByTestId('settings-dialog')).toHaveCount(0);
}

/** Opens the contact of somebody by the name at a message, fills it in and saves it. */
export async function changeContact(
  page: Page,
  shownName: string,
  wanted: WantedContact,
): Promise<void> {
  await page.getByTestId('sender').getByText(shownName, { exact: true }).last().click();
  await fillContact(page, wanted);
}

/** Fills in the dialog of a contact and saves it. */
export async function fillContact(page: Page, wanted: WantedContact): Promise<void> {
  const { name, colour, note } = wanted;
  if (name !== undefined) await page.getByTestId('contact-name').fill(name);
  if (colour !== undefined) await page.getByTestId(`colour-${colour}`).check();
  if (note !== undefined) await page.getByTestId('contact-note').fill(note);
  await page.getByTestId('contact-save').click();
  await expect(page.getByTestId('contact-dialog')).toHaveCount(0);
}
