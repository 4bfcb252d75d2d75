import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeCertificate } from './certificate.ts';
import { isRequired } from './missing-program.ts';
import { until } from './until.ts';

/** A real nginx with TLS in front of what its configuration names. */
export interface Nginx extends AsyncDisposable {
  readonly port: number;
}

export interface NginxOptions {
  /** What stands in `http`; `CERTIFICATE` and `KEY` are replaced by the paths of a certificate made for `host`. */
  readonly http: string;
  /** The port on which it listens. */
  readonly port: number;
  readonly host: string;
}

/**
 * Whether nginx is not there, which is printed. With CI=true its tests run all the same, and fail, unless `.ci/run` could
 * not install it.
 */
export function isNginxMissing(): boolean {
  if (isRequired('STAGEWIRE_TEST_NO_NGINX') || pathOfNginx() !== undefined) return false;
  console.warn('nginx is not on this machine: what needs it is skipped');
  return true;
}

/** Not in the path of every user. */
function pathOfNginx(): string | undefined {
  return ['nginx', '/usr/sbin/nginx', '/usr/local/sbin/nginx'].find(
    (path) => spawnSync(path, ['-v']).status === 0,
  );
}

/** @throws Error with what nginx has printed, if it does not start. */
export async function startNginx({ http, port, host }: NginxOptions): Promise<Nginx> {
  const folder = await mkdtemp(join(tmpdir(), 'stagewire-nginx-'));
  const { certificate, key } = makeCertificate(folder, host);
  const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${join(folder, name)};`,
  );
  const configuration = `
    daemon off;
    pid ${join(folder, 'nginx.pid')};
    error_log stderr warn;
    ${process.getuid?.() === 0 ? 'user root;' : ''}
    worker_processes 1;
    events { worker_connections 256; }
    http {
      access_log off;
      ${paths.join('\n')}
      ${http.replaceAll('CERTIFICATE', certificate).replaceAll('KEY', key)}
    }`;
  await writeFile(join(folder, 'nginx.conf'), configuration);
  const child = spawn(pathOfNginx() ?? 'nginx', ['-p', folder, '-c', join(folder, 'nginx.conf')], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let printed = '';
  child.stderr.on('data', (chunk) => (printed += String(chunk)));
  const exited = once(child, 'exit');
  await until(
    () => child.exitCode !== null || isOpen(port),
    () => `nginx to listen: ${printed}`,
    { intervalMs: 20 },
  );
  if (child.exitCode !== null) throw new Error(`nginx did not start: ${printed}`);
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
