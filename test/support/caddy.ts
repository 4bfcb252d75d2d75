import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeCertificate } from './certificate.ts';
import { isRequired } from './missing-program.ts';
import { until } from './until.ts';

/** A real Caddy with TLS in front of what its configuration names. */
export interface Caddy extends AsyncDisposable {
  readonly port: number;
}

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
): Promise<Caddy> {
  const folder = await mkdtemp(join(tmpdir(), 'stagewire-caddy-'));
  const { certificate, key } = makeCertificate(folder, host);
  const options = `{\n\tadmin off\n\tauto_https disable_redirects\n\tskip_install_trust\n\tdefault_sni ${host}\n}\n`;
  const own = `https://${host}:${port} {\n\tbind 127.0.0.1\n\ttls ${certificate} ${key}\n`;
  const path = join(folder, 'Caddyfile');
  await writeFile(path, options + site.replace(`${host} {\n`, own));
  const child = spawn('caddy', ['run', '--adapter', 'caddyfile', '--config', path], {
    env: { PATH: process.env['PATH'], HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let printed = '';
  child.stderr.on('data', (chunk) => (printed += String(chunk)));
  const exited = once(child, 'exit');
  await until(
    async () => child.exitCode !== null || (await isOpen(port)),
    () => `Caddy to listen: ${printed}`,
    { intervalMs: 20, timeoutMs: 20_000 },
  );
  if (child.exitCode !== null) throw new Error(`Caddy did not start: ${printed}`);
  return {
    port,
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM');
      await exited;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
