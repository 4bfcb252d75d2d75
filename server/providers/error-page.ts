/** A short summary of a web page: its title and first heading, else its text. Never a style sheet or a script. */
export function summarizePage(html: string): string {
  const visible = html
    .replaceAll(/<!--.*?(?:-->|$)/gs, ' ')
    .replaceAll(/<(script|style|svg|noscript|template)\b.*?(?:<\/\1\s*>|$)/gis, ' ')
    // Bounds the time that the patterns below take on a hostile page.
    .slice(0, 8_192);
  const title = textIn(/<title[^>]*>(.*?)(?:<\/title|$)/is.exec(visible)?.[1] ?? '');
  const heading = textIn(/<h1[^>]*>(.*?)(?:<\/h1|$)/is.exec(visible)?.[1] ?? '');
  const headings = [title, heading].filter((words, at, all) => words !== '' && all.indexOf(words) === at);
  const words = headings.length > 0 ? headings.join('; ') : textIn(visible);
  return words === '' ? 'a web page without text' : `a web page: ${words.slice(0, 160)}`;
}

/** Whether the page is that of a firewall or a login in front of the API. */
export function isFirewallPage(words: string): boolean {
  return /cloudflare|attention required|just a moment|access denied|forbidden|blocked|captcha|ray id|akamai|incapsula/i.test(
    words,
  );
}

function textIn(html: string): string {
  return html
    .replaceAll(/<[^>]*(?:>|$)/g, ' ')
    .replaceAll('&amp;', '&')
    .replaceAll('&nbsp;', ' ')
    .replaceAll(/&#?39;|&apos;/g, "'")
    .replaceAll('&quot;', '"')
    .replaceAll(/\s+/g, ' ')
    .trim();
}
