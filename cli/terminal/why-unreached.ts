import { clientErrors, type StagewireClientError } from '@stagewire/client';

/** Why no server is reached, as a part of a sentence: by code and details. */
export function whyUnreached({ code, details }: StagewireClientError): string {
  switch (code) {
    case 'UNREACHABLE': {
      const reason = reasonIn(details);
      return reason === undefined ? 'no response' : `no response: ${reason}`;
    }
    case 'NOT_STAGEWIRE': {
      const status = memberOf(details, 'status');
      return typeof status === 'number' ? `it responds with HTTP ${status}` : clientErrors.NOT_STAGEWIRE;
    }
    default:
      return clientErrors[code];
  }
}

/** The last failure's cause, in words, if it is known. */
export function reasonIn(details: unknown): string | undefined {
  const reason = memberOf(details, 'reason');
  return typeof reason === 'string' ? reason : undefined;
}

function memberOf(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  return (value as Readonly<Record<string, unknown>>)[name];
}

/** A URL as it may stand on a screen: without a password. */
export function shownUrl(url: string): string {
  const parsed = URL.parse(url);
  if (parsed === null || (parsed.username === '' && parsed.password === '')) return url;
  parsed.username = '';
  parsed.password = '';
  return parsed.href.replace(/\/$/, '');
}
