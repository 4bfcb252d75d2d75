import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { peerFile, peersFolder } from './peer-file.ts';

interface Lock {
  readonly packages: Readonly<Record<string, { readonly version?: string; readonly optional?: boolean }>>;
}

/** Installs exactly what the lock file of the peers says, unless it is there already. @throws Error if npm fails. */
export async function installPeers(log: (line: string) => void): Promise<void> {
  if (await isInstalled()) return;
  log('installing the other systems with `npm ci --prefix test/peers`, once');
  const npm = spawn('npm', ['ci', '--no-audit', '--no-fund', '--prefix', fileURLToPath(peersFolder)], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const [code] = (await once(npm, 'exit')) as [number | null];
  if (code !== 0) throw new Error(`npm ended with ${String(code)}`);
}

/** Does what npm has written of what it installed agree with the lock file? Packages for other platforms are not there. */
async function isInstalled(): Promise<boolean> {
  const read = async (name: string) => JSON.parse(await readFile(peerFile(name), 'utf8')) as Lock;
  const wanted = await read('package-lock.json');
  const installed = await read('node_modules/.package-lock.json').catch(() => undefined);
  return Object.entries(wanted.packages).every(
    ([path, { version, optional = false }]) =>
      path === '' || optional || installed?.packages[path]?.version === version,
  );
}

/** As installed: of the peers, or else of the house. */
export async function installedVersion(name: string): Promise<string> {
  const house = new URL(`../../node_modules/${name}/package.json`, peersFolder);
  const text = await readFile(peerFile(`node_modules/${name}/package.json`), 'utf8').catch(() =>
    readFile(house, 'utf8'),
  );
  return (JSON.parse(text) as { version: string }).version;
}
