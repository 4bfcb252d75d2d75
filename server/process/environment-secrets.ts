import { createSecrets, type Secrets } from '../providers/secrets.ts';

/** Shorter values are switches or words, and redacting them would make that word unreadable everywhere. */
const minChars = 8;

/**
 * The values of an environment that no output may contain, also if they are in a wrong variable or form: keys,
 * header values, and users, passwords and queries of URLs.
 */
export function environmentSecrets(env: Readonly<Record<string, string | undefined>>): Secrets {
  const values = Object.entries(env).flatMap(([name, value = '']) => secretsIn(name, value.trim()));
  return createSecrets([...new Set(values)].filter((value) => value.length >= minChars));
}

/** Users and passwords of proxies, which a proxy may repeat in an error response. */
export function proxySecrets(env: Readonly<Record<string, string | undefined>>): readonly string[] {
  return Object.entries(env).flatMap(([name, value = '']) =>
    /_PROXY$/i.test(name) ? urlSecrets(value) : [],
  );
}

/** The password of a database's URL. One that equals another part of the URL is a word, not a secret. */
export function databaseSecrets(text: string): readonly string[] {
  const url = URL.parse(text);
  if (url === null) return urlSecrets(text);
  const { username, password, hostname, pathname, searchParams } = url;
  const words = new Set([username, hostname, pathname.slice(1)].map((word) => word.toLowerCase()));
  return [password, searchParams.get('password') ?? '']
    .filter((secret) => secret !== '' && !words.has(secret.toLowerCase()))
    .flatMap(alsoDecoded);
}

function secretsIn(name: string, value: string): readonly string[] {
  if (/_(?:API_KEY|AUTH_TOKEN|CLIENT_SECRET)$|^STAGEWIRE_TOKEN$|^STAGEWIRE_WEBHOOK_SECRET$/i.test(name))
    return [value];
  if (/^OTEL_.*_HEADERS$/i.test(name)) return [...pairValues(value), value];
  if (/_HEADERS$/i.test(name)) return [...headerValues(value), value];
  if (/_DATABASE_URL$/i.test(name)) return databaseSecrets(value);
  return /_BASE_URL$|_PROXY$|^STAGEWIRE_URL$/i.test(name) ? urlSecrets(value) : [];
}

/** Of a JSON object, or of lines `name: value`. */
function headerValues(text: string): readonly string[] {
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === 'object' && parsed !== null ? Object.values(parsed).map(String) : [];
  } catch {
    return text.split('\n').map((line) => line.slice(line.indexOf(':') + 1).trim());
  }
}

/** Of `name=value,name=value`. */
function pairValues(text: string): readonly string[] {
  return text.split(',').flatMap((pair) => alsoDecoded(pair.slice(pair.indexOf('=') + 1).trim()));
}

/** Found by delimiters, since the URL may be malformed. */
function urlSecrets(text: string): readonly string[] {
  const user = /^(?:\w+:)?(?:\/\/)?([^]*)@/.exec(text)?.[1] ?? '';
  const query = /[?#]([^]*)$/.exec(text)?.[1] ?? '';
  const version = query.startsWith('api-version=');
  const fields = version ? [] : query.split(/[?#&]/).map((part) => part.replace(/^.*?=/, ''));
  return [...user.split(':'), ...fields].filter((secret) => secret !== '').flatMap(alsoDecoded);
}

function alsoDecoded(text: string): readonly string[] {
  try {
    return [text, decodeURIComponent(text)];
  } catch {
    return [text];
  }
}
