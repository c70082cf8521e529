import { completeSignIn } from '@chat-vault/cloud-storage/oauth';

/** Hands on what the service said; a person who opened the address by hand is told so. */
export async function takeAnswer(): Promise<void> {
  const isTaken = await completeSignIn();
  const text = isTaken
    ? 'You are signed in. This window can be closed.'
    : 'Nobody waits for this sign-in any more. Close this window and connect again.';
  const note = document.createElement('p');
  note.setAttribute('role', 'status');
  note.style.cssText = 'max-width: 32em; margin: 20vh auto; padding: 0 24px; text-align: center';
  note.textContent = text;
  document.body.replaceChildren(note);
}
