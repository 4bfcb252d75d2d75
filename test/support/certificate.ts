import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

/** The paths of a self-signed certificate and of its key, in PEM. */
export interface Certificate {
  readonly certificate: string;
  readonly key: string;
}

/** Makes a certificate for these host names, valid for two days, in this folder. */
export function makeCertificate(folder: string, ...hosts: readonly [string, ...string[]]): Certificate {
  const [certificate, key] = [join(folder, 'server.crt'), join(folder, 'server.key')];
  const names = hosts.map((host) => `DNS:${host}`).join(',');
  const subject = ['-subj', `/CN=${hosts[0]}`, '-addext', `subjectAltName=${names}`, '-days', '2'];
  const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  execFileSync('openssl', ['req', '-x509', ...kind, ...subject, '-keyout', key, '-out', certificate], {
    stdio: 'ignore',
  });
  return { certificate, key };
}
