import type { CookieBrowser, ShownPage } from './cookie-browser.ts';

/** Fills in the forms of the provider as this user, until it sends the browser to `until`. */
export async function signInAtProvider(
  browser: CookieBrowser,
  page: ShownPage,
  { name, until }: { readonly name: string; readonly until: string },
): Promise<ShownPage> {
  const action = (text: string) => /<form[^>]* action="([^"]+)"/.exec(text)?.[1];
  let shown = page;
  for (const form of [{ prompt: 'login', login: name, password: 'any' }, { prompt: 'consent' }]) {
    if (shown.url.startsWith(until)) return shown;
    const target = action(shown.text);
    if (target === undefined)
      throw new Error(`no form in ${shown.status} ${shown.url}: ${shown.text.slice(0, 2000)}`);
    shown = await browser.open(new URL(target, shown.url).href, { form, stopAt: until });
  }
  return shown;
}
