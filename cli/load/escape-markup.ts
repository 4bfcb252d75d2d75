/** For text and for attributes in double quotes, of HTML and XML. */
export function escapeMarkup(text: string): string {
  return (
    text
      // XML cannot contain these characters, not even escaped.
      // oxlint-disable-next-line no-control-regex -- they are what is meant
      .replaceAll(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '\ufffd')
      .replaceAll('&', '&amp;')
      .replaceAll('<', '&lt;')
      .replaceAll('>', '&gt;')
      .replaceAll('"', '&quot;')
  );
}
