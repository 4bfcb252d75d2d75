import { spawnSync } from 'node:child_process';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeCertificate } from './certificate.ts';
import { isRequired } from './missing-program.ts';
import { startProxy, type Proxy } from './start-proxy.ts';

/** Whether Caddy is not there, which is printed. With CI=true its tests fail then, unless `.ci/run` could not install it. */
export function isCaddyMissing(): boolean {
  if (isRequired('STAGEWIRE_TEST_NO_CADDY') || spawnSync('caddy', ['version']).status === 0) return false;
  console.warn('Caddy is not on this machine: what needs it is skipped');
  return true;
}

/**
 * Starts a site of a Caddyfile on another port, with a certificate of its own.
 *
 * @throws Error with what Caddy has printed, if it does not start.
 */
export async function startCaddy(
  site: string,
  { host, port }: { host: string; port: number },
): Promise<Proxy> {
  const folder = await mkdtemp(join(tmpdir(), 'stagewire-caddy-'));
  const { certificate, key } = makeCertificate(folder, host);
  const options = `{\n\tadmin off\n\tauto_https disable_redirects\n\tskip_install_trust\n\tdefault_sni ${host}\n}\n`;
  const own = `https://${host}:${port} {\n\tbind 127.0.0.1\n\ttls ${certificate} ${key}\n`;
  const path = join(folder, 'Caddyfile');
  await writeFile(path, options + site.replace(`${host} {\n`, own));
  return startProxy({
    name: 'Caddy',
    command: 'caddy',
    args: ['run', '--adapter', 'caddyfile', '--config', path],
    env: { PATH: process.env['PATH'], HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder },
    port,
    folder,
    timeoutMs: 20_000,
  });
}
