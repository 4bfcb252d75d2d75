import { beforeAll, expect, test } from 'vitest';
import { buildConsole } from '../../console/build.ts';
import { startPathProxy } from '../support/path-proxy.ts';
import { startServerProcess } from '../support/server-process.ts';

beforeAll(() => buildConsole(), 60_000);

// Behind `location /stagewire/ { proxy_pass http://…/; }` the page was blank: it named its files from the root.
test.each(['/', '/runs/run_any-id-there-is', '/no/such/page/at/all'])(
  '%s names its files so that a proxy may put it below a path',
  async (path) => {
    await using server = await startServerProcess();
    await using proxy = await startPathProxy({
      targetPort: Number(new URL(server.url).port),
      prefix: '/stagewire',
    });
    const page = await fetch(proxy.url + path, { headers: { accept: 'text/html' } });
    const named = Array.from(
      (await page.text()).matchAll(/(?:src|href)="([^"]+)"/g),
      ([, file]) => file ?? '',
    );
    expect(named.length).toBeGreaterThanOrEqual(3);
    for (const file of named) {
      const url = new URL(file, page.url);
      expect(url.pathname).toMatch(/^\/stagewire\//);
      expect((await fetch(url)).status).toBe(200);
    }
  },
);
