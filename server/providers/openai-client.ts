import OpenAI from 'openai';

import { refuseLeakingHeaders } from './leaking-headers.ts';
import type { HttpTransport } from './http-transport.ts';

export interface OpenAiClientOptions {
  /** Never empty: without one the SDK would take OPENAI_API_KEY, whatever the address. */
  readonly apiKey: string;
  readonly baseUrl: string;
  readonly headersTimeoutMs: number;
  readonly wire: HttpTransport;
}

/** The SDK's client, with everything named that it would otherwise take from the environment. */
export function createOpenAiClient({ apiKey, baseUrl, headersTimeoutMs, wire }: OpenAiClientOptions): OpenAI {
  if (apiKey.trim() === '') throw new Error(`The endpoint ${baseUrl} needs a key that is not empty.`);
  refuseLeakingHeaders(process.env, [{ sdk: 'openai', baseUrl }]);
  return new OpenAI({
    apiKey,
    adminAPIKey: null,
    organization: null,
    project: null,
    webhookSecret: null,
    baseURL: baseUrl,
    maxRetries: 0,
    timeout: headersTimeoutMs,
    logLevel: 'off',
    fetch: wire.fetch,
    fetchOptions: wire.untapped,
  });
}
