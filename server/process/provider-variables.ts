import { z } from 'zod';
import type { EndpointSettings, KeyedSettings, ProviderSettings } from '../providers/provider-settings.ts';

/** A key, without the quotes that some programs leave around it. */
export const key = z
  .string()
  .regex(
    /^[\x21-\x7e]+$/,
    'contains a space, a line break or another character that keys do not have. Copy the key again',
  )
  // `docker --env-file` and some shells keep the quotes, and they would be sent to the provider.
  .refine((value) => !/^["'`]|["'`]$/.test(value), 'is in quotes. Remove them');
/** The URL of an API, optionally with the query that Azure needs. */
export const baseUrl = z.string().superRefine((value, context) => {
  const problem = baseUrlProblem(value);
  if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
});
/** Anthropic's SDK appends its path to any URL. */
export const plainBaseUrl = baseUrl.refine((value) => !value.includes('?'), 'must not contain ?');
/** Header names and values, as JSON. */
export const headers = z.string().transform(readHeaders);

/** The parsed variables of the providers. */
export type ProviderValues = {
  readonly [
    Name in `${'ANTHROPIC' | 'OPENAI' | 'OPENROUTER'}_API_KEY` | 'COMPATIBLE_API_KEY' | 'COMPATIBLE_BASE_URL'
  ]?: string | undefined;
} & {
  readonly [Name in `${'ANTHROPIC' | 'OPENAI' | 'OPENROUTER' | 'OLLAMA'}_BASE_URL`]: string;
} & {
  readonly [Name in `${Prefix}_FIRST_BYTE_MS`]: number;
} & {
  readonly [Name in `${Prefix}_MAX_OUTPUT_TOKENS`]?: number | undefined;
} & { readonly COMPATIBLE_HEADERS?: Readonly<Record<string, string>> | undefined };

type Prefix = 'ANTHROPIC' | 'OPENAI' | 'OPENROUTER' | 'OLLAMA' | 'COMPATIBLE';

/** The settings of the configured providers. */
export function providersOf(values: ProviderValues): ProviderSettings {
  const { COMPATIBLE_API_KEY: compatibleKey, COMPATIBLE_BASE_URL: compatibleUrl } = values;
  return {
    ...keyed('anthropic', values),
    ...keyed('openai', values),
    ...keyed('openrouter', values),
    ollama: endpoint(values.OLLAMA_BASE_URL, values.OLLAMA_FIRST_BYTE_MS, values.OLLAMA_MAX_OUTPUT_TOKENS),
    ...(compatibleUrl === undefined
      ? {}
      : {
          compatible: {
            ...endpoint(compatibleUrl, values.COMPATIBLE_FIRST_BYTE_MS, values.COMPATIBLE_MAX_OUTPUT_TOKENS),
            ...(compatibleKey === undefined ? {} : { apiKey: compatibleKey }),
            ...(values.COMPATIBLE_HEADERS === undefined ? {} : { headers: values.COMPATIBLE_HEADERS }),
          },
        }),
  };
}

function endpoint(url: string, firstByteMs: number, maxTokens: number | undefined): EndpointSettings {
  return {
    baseUrl: url,
    firstByteMs,
    ...(maxTokens === undefined ? {} : { maxOutputTokens: maxTokens }),
  };
}

function keyed<Name extends 'anthropic' | 'openai' | 'openrouter'>(
  name: Name,
  values: ProviderValues,
): Partial<Record<Name, KeyedSettings>> {
  const upper = name.toUpperCase() as Uppercase<Name>;
  const apiKey = values[`${upper}_API_KEY`];
  if (apiKey === undefined) return {};
  const settings = endpoint(
    values[`${upper}_BASE_URL`],
    values[`${upper}_FIRST_BYTE_MS`],
    values[`${upper}_MAX_OUTPUT_TOKENS`],
  );
  return { [name]: { apiKey, ...settings } } as Record<Name, KeyedSettings>;
}

function readHeaders(text: string, context: z.core.$RefinementCtx<string>): Readonly<Record<string, string>> {
  const read = z.record(z.string(), z.string()).safeParse(parsedJson(text));
  const wrong = Object.entries(read.data ?? {}).find(
    ([name, value]) => !/^[\w!#$%&'*+.^`|~-]+$/.test(name) || !/^[\t\x20-\x7e]*$/.test(value),
  );
  if (!read.success || wrong !== undefined) {
    const message =
      wrong === undefined
        ? 'must be a JSON object with string values, for example {"api-key": "…"}'
        : 'contains a header that HTTP does not allow';
    context.issues.push({ code: 'custom', message, input: text });
  }
  return read.data ?? {};
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function baseUrlProblem(value: string): string | undefined {
  const url = URL.parse(value);
  if (url === null || !/^https?:$/.test(url.protocol))
    return 'must be a URL that starts with http:// or https://';
  if (url.username !== '' || url.password !== '')
    return 'must not contain a user or a password; keys have their own variable';
  const versionOnly = /^\?api-version=[\w.-]{1,40}$/.test(url.search);
  if ((value.includes('?') && !versionOnly) || value.includes('#'))
    return 'must not contain ? or #, except ?api-version=…';
  return undefined;
}
