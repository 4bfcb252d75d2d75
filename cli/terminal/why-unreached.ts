import type { StagewireClientError } from '@stagewire/client';

/** Why no server is reached, as a part of a sentence. */
export function whyUnreached({ code, message, details }: StagewireClientError): string {
  if (code !== 'UNREACHABLE')
    return message.replace(/[.?]$/, '').replace(/\. Check the url given to connect\(\)$/, '');
  const reason = reasonIn(details);
  return reason === undefined ? 'nothing answers there' : `nothing answers there: ${reason}`;
}

/** The last failure's cause, in words, if one was told. */
export function reasonIn(details: unknown): string | undefined {
  if (typeof details !== 'object' || details === null || !('reason' in details)) return undefined;
  return typeof details.reason === 'string' ? details.reason : undefined;
}

/** A URL as it may stand on a screen: without a password. */
export function shownUrl(url: string): string {
  const parsed = URL.parse(url);
  if (parsed === null || (parsed.username === '' && parsed.password === '')) return url;
  parsed.username = '';
  parsed.password = '';
  return parsed.href.replace(/\/$/, '');
}
