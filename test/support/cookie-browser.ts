/** What a browser shows after it has followed all redirects. */
export interface ShownPage {
  readonly url: string;
  readonly status: number;
  readonly text: string;
  readonly headers: Headers;
}

/** A browser without a screen: it keeps cookies, follows redirects and sends forms. */
export interface CookieBrowser {
  /** @param stopAt A redirect to a URL that begins with this is not followed, but returned. */
  open(
    url: string,
    options?: { readonly form?: Record<string, string>; readonly stopAt?: string },
  ): Promise<ShownPage>;
  /** The cookies of this host, by name. Ports do not matter to cookies. */
  cookies(url: string): ReadonlyMap<string, string>;
  /** As if the user, or another page of this host, had set it. */
  setCookie(url: string, name: string, value: string): void;
}

export function createCookieBrowser(): CookieBrowser {
  const jars = new Map<string, Map<string, string>>();
  const jarOf = (url: string) => {
    const { hostname } = new URL(url);
    const jar = jars.get(hostname) ?? new Map<string, string>();
    jars.set(hostname, jar);
    return jar;
  };

  return {
    async open(first, { form, stopAt } = {}) {
      let url = first;
      let body = form === undefined ? undefined : new URLSearchParams(form);
      for (let redirects = 0; redirects < 20; redirects += 1) {
        const jar = jarOf(url);
        const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
        const response = await fetch(url, {
          redirect: 'manual',
          headers: { ...(cookie !== '' && { cookie }), accept: 'text/html', 'sec-fetch-dest': 'document' },
          ...(body !== undefined && { method: 'POST', body }),
        });
        for (const header of response.headers.getSetCookie()) {
          const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(header) ?? [];
          if (value === '' || /max-age=0|expires=Thu, 01 Jan 1970/i.test(header)) jar.delete(name);
          else jar.set(name, value);
        }
        const location = response.headers.get('location');
        const { status, headers } = response;
        const text = await response.text();
        if (location === null) return { url, status, text, headers };
        url = new URL(location, url).href;
        if (stopAt !== undefined && url.startsWith(stopAt)) return { url, status, text, headers };
        body = undefined;
      }
      throw new Error(`more than 20 redirects from ${first}`);
    },
    cookies: (url) => jarOf(url),
    setCookie: (url, name, value) => void jarOf(url).set(name, value),
  };
}
