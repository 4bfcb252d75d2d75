import type { AuthMethod } from '@stagewire/shared';
import { z } from 'zod';
import type { ProxySettings } from '../identity/authentication.ts';
import { parseAddressRange, type AddressRange } from '../identity/proxy/trusted-proxies.ts';
import { defaultSessionMs } from '../identity/sessions/session-service.ts';

const headerName = z
  .string()
  .transform((name) => name.toLowerCase())
  .refine((name) => /^[a-z][a-z0-9-]{0,99}$/.test(name), 'must be the name of a header, without underscores')
  .refine(
    (name) => !isTaken(name),
    'must be a header that has no other meaning, such as X-Auth-Request-User',
  );

/** The 12 hours that PROTOCOL.md (P40) promises. */
const maxSessionMs = defaultSessionMs;
const outOfRange = `must be a number of milliseconds from 1000 to ${maxSessionMs}`;

const milliseconds = z
  .string()
  .regex(/^\d{4,8}$/, outOfRange)
  .transform(Number)
  .refine((ms) => ms >= 1000 && ms <= maxSessionMs, outOfRange);

/** STAGEWIRE_TRUSTED_PROXIES: addresses, and ranges of them. */
const addressRanges = z.string().transform((text, context): readonly AddressRange[] => {
  const entries = text.split(',').flatMap((part) => (part.trim() === '' ? [] : [part.trim()]));
  const ranges = entries.map((entry) => parseAddressRange(entry));
  const wrong = entries.find((_, index) => ranges[index] === undefined);
  if (wrong !== undefined || entries.length === 0) {
    const message =
      'must be a comma-separated list of IP addresses and ranges, such as 127.0.0.1,10.0.0.0/8,fd00::/8';
    context.issues.push({
      code: 'custom',
      message,
      input: text,
      ...(wrong !== undefined && { params: { wrong } }),
    });
  }
  const all = entries.find((_, index) => ranges[index]?.prefix === 0);
  if (all !== undefined) {
    const message = 'must not contain all addresses, since every client could then name itself as any user';
    context.issues.push({ code: 'custom', message, params: { wrong: all }, input: text });
  }
  return ranges.filter((range) => range !== undefined);
});

/** The variables of the sessions of the console, and of the proxies in front of the server. */
export const sessionVariables = {
  STAGEWIRE_SESSION_MS: milliseconds.default(defaultSessionMs),
  STAGEWIRE_TRUSTED_PROXIES: addressRanges.optional(),
  STAGEWIRE_PROXY_USER_HEADER: headerName.default('x-auth-request-user'),
  STAGEWIRE_PROXY_OWNER_HEADER: headerName.optional(),
  STAGEWIRE_PROXY_PERMISSIONS_HEADER: headerName.optional(),
  STAGEWIRE_PROXY_SESSION_MS: milliseconds.default(15 * 60 * 1000),
} as const;

interface ProxyValues {
  readonly STAGEWIRE_AUTH: readonly AuthMethod[];
  readonly STAGEWIRE_TRUSTED_PROXIES?: readonly AddressRange[] | undefined;
  readonly STAGEWIRE_PROXY_USER_HEADER: string;
  readonly STAGEWIRE_PROXY_OWNER_HEADER?: string | undefined;
  readonly STAGEWIRE_PROXY_PERMISSIONS_HEADER?: string | undefined;
  readonly STAGEWIRE_PROXY_SESSION_MS: number;
}

/** The settings of the proxies; none without their addresses. */
export function proxyOf(values: ProxyValues): { readonly proxy?: ProxySettings } {
  const { STAGEWIRE_TRUSTED_PROXIES: trusted } = values;
  if (trusted === undefined) return {};
  const headers = {
    user: values.STAGEWIRE_PROXY_USER_HEADER,
    owner: values.STAGEWIRE_PROXY_OWNER_HEADER,
    permissions: values.STAGEWIRE_PROXY_PERMISSIONS_HEADER,
  };
  return { proxy: { trusted, headers, sessionMs: values.STAGEWIRE_PROXY_SESSION_MS } };
}

/** Settings of the proxies that do not fit together, as sentences. */
export function proxyProblems(values: ProxyValues): string[] {
  const { STAGEWIRE_AUTH: auth, STAGEWIRE_TRUSTED_PROXIES: trusted } = values;
  if (auth.includes('proxy')) {
    if (trusted !== undefined) return [];
    return [
      'STAGEWIRE_AUTH contains proxy, but STAGEWIRE_TRUSTED_PROXIES is not set, so that every client could name itself as ' +
        'any user: set it to the addresses from which the proxy connects, such as 127.0.0.1.',
    ];
  }
  const unused = (['STAGEWIRE_PROXY_OWNER_HEADER', 'STAGEWIRE_PROXY_PERMISSIONS_HEADER'] as const).filter(
    (name) => values[name] !== undefined,
  );
  return unused.map(
    (name) => `${name} is set, but STAGEWIRE_AUTH does not contain proxy: add it, or unset ${name}.`,
  );
}

/** Headers that clients, or proxies for another purpose, send. */
function isTaken(name: string): boolean {
  return (
    /^(?:sec-|content-|access-control-|x-stagewire-|if-)/.test(name) ||
    [
      'accept',
      'authorization',
      'connection',
      'cookie',
      'forwarded',
      'host',
      'last-event-id',
      'origin',
      'proxy-authorization',
      'referer',
      'te',
      'trailer',
      'transfer-encoding',
      'upgrade',
      'user-agent',
      'via',
      'x-forwarded-for',
      'x-forwarded-host',
      'x-forwarded-proto',
      'x-real-ip',
    ].includes(name)
  );
}
