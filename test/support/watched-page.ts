import type { Page } from 'playwright-core';

/**
 * Errors of the page, and what its console was told as a warning or an error, from now on. Of a request that was
 * refused it is the status alone: the sentence is the browser's own.
 */
export function complaintsOf(page: Page): readonly string[] {
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('console', (message) => {
    if (!/error|warning/.test(message.type()) || message.location().url.endsWith('favicon.ico')) return;
    const text = message.text();
    complaints.push(/server responded with a status of (\d+)/.exec(text)?.[1] ?? text);
  });
  return complaints;
}

/** What the page sends over its WebSockets, from now on. */
export function framesFrom(page: Page): readonly string[] {
  const frames: string[] = [];
  page.on('websocket', (socket) => socket.on('framesent', ({ payload }) => frames.push(String(payload))));
  return frames;
}

/** Lets the next document of the page note how long the text in its `<pre>` is, as often as that changes. */
export async function watchTextLengths(page: Page): Promise<{ seen(): Promise<number[]> }> {
  await page.addInitScript(() => {
    const lengths: number[] = [];
    Object.assign(window, { lengths });
    const look = () => {
      const length = Array.from(document.querySelectorAll('pre'), (it) => it.textContent).join('').length;
      if (length !== lengths.at(-1) && length > 0) lengths.push(length);
    };
    new MutationObserver(look).observe(document, { subtree: true, childList: true, characterData: true });
  });
  return { seen: () => page.evaluate(() => (window as unknown as { lengths: number[] }).lengths) };
}
