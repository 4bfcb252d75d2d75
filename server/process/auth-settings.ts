import { isIP } from 'node:net';
import type { AuthMethod } from '@stagewire/shared';
import { Owner } from '@stagewire/shared/primitives';
import { z } from 'zod';
import { isLoopback } from '../runtime/is-loopback.ts';

/** Methods of this version, as STAGEWIRE_AUTH names them. */
const methods = ['keys', 'jwt', 'proxy'] as const satisfies readonly AuthMethod[];

/** STAGEWIRE_AUTH: the methods, or none. */
export const authMethods = z.string().transform((text, context): readonly AuthMethod[] => {
  const names = text.split(',').flatMap((part) => (part.trim() === '' ? [] : [part.trim()]));
  const wrong = names.find((name) => name !== 'none' && !methods.some((method) => method === name));
  if (wrong !== undefined) {
    const message = `must be none, or a comma-separated list of ${methods.join(', ')}`;
    context.issues.push({ code: 'custom', message, params: { wrong }, input: text });
  }
  if (names.length === 0) {
    // The list of two variables that are empty must not open the server.
    const message = `must be none, or a comma-separated list of ${methods.join(', ')}`;
    context.issues.push({ code: 'custom', message, input: text });
  }
  if (names.includes('none') && names.length > 1) {
    const message = 'cannot combine none with another method: remove none';
    context.issues.push({ code: 'custom', message, input: text });
  }
  return methods.filter((method) => names.includes(method));
});

/** STAGEWIRE_HOST: an address, since a name may resolve to several ones. */
export const listenHost = z
  .string()
  .refine(
    (host) => isIP(host) !== 0 || host === 'localhost',
    'must be an IP address of this machine, such as 127.0.0.1 or 0.0.0.0, or localhost',
  );

/** STAGEWIRE_LOCAL_OWNER: one owner. */
export const ownerName = z
  .string()
  .refine(
    (name) => Owner.safeParse(name).success,
    'must be the name of one owner, 1 to 256 characters without control characters',
  );

/** STAGEWIRE_PUBLIC_URL: the address at which clients reach the server. */
export const publicUrl = z.string().transform((text, context) => {
  const url = URL.parse(text);
  const isWeb = url !== null && /^https?:$/.test(url.protocol);
  if (isWeb && url.username + url.password === '' && !/[?#]/.test(text)) return url;
  context.issues.push({
    code: 'custom',
    message: 'must be a URL such as https://stagewire.example.org, without user, query and fragment',
    input: text,
  });
  return z.NEVER;
});

export const flag = z.enum(['true', 'false'], 'must be true or false').transform((text) => text === 'true');

/** The settings that decide who can reach the server. */
interface Reach {
  readonly STAGEWIRE_HOST: string;
  readonly STAGEWIRE_AUTH: readonly AuthMethod[];
  readonly STAGEWIRE_PUBLIC_URL?: URL | undefined;
  readonly STAGEWIRE_ALLOW_PLAINTEXT?: boolean | undefined;
}

/** Why the server must not listen there, as a sentence; none if it may. */
export function reachProblems(reach: Reach): string[] {
  const { STAGEWIRE_HOST: host, STAGEWIRE_AUTH: auth, STAGEWIRE_PUBLIC_URL: url } = reach;
  if (auth.length === 0 && url !== undefined && !isLoopback(url.hostname)) {
    return [
      `STAGEWIRE_PUBLIC_URL is ${url.href}, where other machines can reach the server, but STAGEWIRE_AUTH is none, so each of ` +
        'them could start runs with your keys: set STAGEWIRE_AUTH=keys. If a proxy authenticates all callers, set ' +
        'STAGEWIRE_HOSTS to its host name instead of STAGEWIRE_PUBLIC_URL.',
    ];
  }
  if (isLoopback(host)) return [];
  if (auth.length === 0) {
    return [
      `STAGEWIRE_HOST is ${host}, which other machines can reach, but STAGEWIRE_AUTH is none, so each of them could start ` +
        'runs with your keys: set STAGEWIRE_AUTH=keys and create an access key with "stagewire keys create --name <you>", ' +
        'or use STAGEWIRE_HOST=127.0.0.1.',
    ];
  }
  if (url?.protocol === 'https:' || reach.STAGEWIRE_ALLOW_PLAINTEXT === true) return [];
  return [
    `STAGEWIRE_HOST is ${host}, which other machines can reach, but STAGEWIRE_PUBLIC_URL is not an https URL, so ` +
      'credentials could cross the network unencrypted: put a proxy with TLS in front of the server and set ' +
      'STAGEWIRE_PUBLIC_URL to its https URL, or set STAGEWIRE_ALLOW_PLAINTEXT=true if the network is private.',
  ];
}
