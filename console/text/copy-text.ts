/**
 * Copies a text to the clipboard. A page that came over plain HTTP from another machine has no clipboard API: there the text
 * is copied from a field that is added next to the button, since a dialog makes everything outside of it inert.
 *
 * @throws Error if the browser does not allow it.
 */
export async function copyText(text: string, button: HTMLElement): Promise<void> {
  if ('clipboard' in navigator) return navigator.clipboard.writeText(text);
  const field = document.createElement('textarea');
  field.className = 'hidden';
  field.value = text;
  button.after(field);
  field.select();
  const isCopied = document.execCommand('copy');
  field.remove();
  button.focus();
  if (!isCopied) throw new Error('The browser does not allow access to the clipboard.');
}
