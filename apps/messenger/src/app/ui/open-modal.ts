/**
 * Opens a dialog over the page. The browser keeps the focus inside; the returned function gives it back to where it was, which the
 * browser does not do for a dialog that is taken out of the page.
 */
export function openModal(dialog: HTMLDialogElement): () => void {
  const before = dialog.ownerDocument.activeElement;
  dialog.showModal();
  return () => {
    if (before instanceof HTMLElement && before.isConnected) before.focus({ preventScroll: true });
  };
}
