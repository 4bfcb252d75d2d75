import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { codeBlocksIn } from '../support/code-blocks.ts';
import { emptyFolder } from '../support/command-scene.ts';
import { createCookieBrowser } from '../support/cookie-browser.ts';
import { signInAtProvider } from '../support/oidc-login.ts';
import { startOidcServer } from '../support/oidc-server.ts';
import { projectRoot, textOf } from '../support/source-tree.ts';
import { startProgram } from '../support/started-program.ts';

// It starts several processes, on a machine that may be busy.
vi.setConfig({ testTimeout: 120_000 });

test('docs/OPERATIONS.md, OpenID Connect: every command does what the page says', async () => {
  await using provider = await startOidcServer();
  await using folder = await emptyFolder();
  const env = { ...folder.env, XDG_CONFIG_HOME: join(folder.path, 'config'), STAGEWIRE_PORT: '0' };
  const [serve = '', login = '', ...more] = codeBlocksIn(textOf('docs/OPERATIONS.md'))
    .filter(({ heading, language }) => heading === 'OpenID Connect' && language === 'sh')
    .map(({ code }) => code.replaceAll('https://login.example.org/realms/main', provider.issuer));
  expect(more).toEqual([]);
  const shell = (code: string) =>
    startProgram('bash', { args: ['-euo', 'pipefail', '-c', code], cwd: projectRoot, env });

  await using server = shell(serve);
  await server.says(/Authentication: jwt\.[^]*Stagewire ready at/);
  // Its standard input is empty, so that it does not wait for a key.
  await using signIn = shell(login);
  const url = (await signIn.says(/^http:\S+\/auth\?\S+$/m))?.[0] ?? '';
  const redirect = new URL(url).searchParams.get('redirect_uri') ?? '';
  const browser = createCookieBrowser();
  const back = await signInAtProvider(browser, await browser.open(url), { name: 'ada', until: redirect });
  await browser.open(back.url);
  expect(await signIn.exitCode).toBe(0);
  expect(signIn.output()).toMatch(/Signed in to http:\S+ as jwt:ada, owner ada\./);
  expect(signIn.output()).toMatch(/^auth {5}jwt\nyou {6}jwt:ada/m);
});
