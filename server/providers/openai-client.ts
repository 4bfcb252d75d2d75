import OpenAI from 'openai';

import { refuseLeakingHeaders } from './leaking-headers.ts';
import type { HttpTransport } from './http-transport.ts';

export interface OpenAiClientOptions {
  /** Never empty: without a key the SDK would use OPENAI_API_KEY, whatever the address. */
  readonly apiKey: string;
  readonly baseUrl: string;
  readonly headersTimeoutMs: number;
  readonly transport: HttpTransport;
}

/** Creates the SDK's client, with every option set that it would otherwise read from the environment. */
export function createOpenAiClient({
  apiKey,
  baseUrl,
  headersTimeoutMs,
  transport,
}: OpenAiClientOptions): OpenAI {
  if (apiKey.trim() === '') throw new Error(`The API key for ${baseUrl} is empty.`);
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
    fetch: transport.fetch,
    fetchOptions: transport.uninstrumented,
  });
}
