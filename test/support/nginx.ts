import { spawnSync } from 'node:child_process';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeCertificate } from './certificate.ts';
import { isRequired } from './missing-program.ts';
import { startProxy, type Proxy } from './start-proxy.ts';

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
export async function startNginx({ http, port, host }: NginxOptions): Promise<Proxy> {
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
  return startProxy({
    name: 'nginx',
    command: pathOfNginx() ?? 'nginx',
    args: ['-p', folder, '-c', join(folder, 'nginx.conf')],
    port,
    folder,
  });
}
