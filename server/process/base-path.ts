import { z } from 'zod';

/** Chars of a base path. */
const maxChars = 200;

/** STAGEWIRE_BASE_PATH: the path without a slash at its end; empty for the root. */
export const basePath = z.string().transform((text, context) => {
  const path = text.replace(/\/+$/, '');
  const isPath = /^(?:\/[A-Za-z0-9._~-]+)*$/.test(path) && path.length <= maxChars;
  const names = path.split('/');
  const isReserved = names.includes('.') || names.includes('..') || names.at(-1) === 'trpc';
  if (isPath && !isReserved) return path;
  context.issues.push({
    code: 'custom',
    message:
      'must be a path such as /stagewire: it begins with a slash, its parts are letters, digits and . _ ~ -, and the last ' +
      'one is not trpc',
    input: text,
  });
  return z.NEVER;
});

export interface BasePathSettings {
  readonly STAGEWIRE_BASE_PATH?: string | undefined;
  readonly STAGEWIRE_PUBLIC_URL?: URL | undefined;
}

/** Why the base path and the public URL contradict each other, as a sentence. */
export function basePathProblems(settings: BasePathSettings): string[] {
  const { STAGEWIRE_BASE_PATH: path = '', STAGEWIRE_PUBLIC_URL: url } = settings;
  if (path === '' || url === undefined || url.pathname.replace(/\/+$/, '') === path) return [];
  return [
    `STAGEWIRE_BASE_PATH is ${path}, but the path of STAGEWIRE_PUBLIC_URL (${url.href}) is ${url.pathname}: set ` +
      `STAGEWIRE_PUBLIC_URL to ${url.origin}${path}. If the proxy removes the path before it forwards a request, unset ` +
      'STAGEWIRE_BASE_PATH instead.',
  ];
}
