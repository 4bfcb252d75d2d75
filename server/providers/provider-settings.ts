/** How to reach the providers, from the configuration. A provider that is absent is not configured. */
export interface ProviderSettings {
  readonly anthropic?: KeyedSettings;
  readonly openai?: KeyedSettings;
  readonly openrouter?: KeyedSettings;
  /** Needs no key. Whether it is running is known only after a request. */
  readonly ollama: EndpointSettings;
  readonly compatible?: EndpointSettings & {
    readonly apiKey?: string;
    /** Sent with every request; their values are secrets. @default none */
    readonly headers?: Readonly<Record<string, string>>;
  };
}

export interface EndpointSettings {
  /** May have `?api-version=…`, except for Anthropic; it is sent with every request. */
  readonly baseUrl: string;
  /** Maximum tokens of an answer, reasoning included, where a run sets none. @default see each provider */
  readonly maxOutputTokens?: number;
  /** Timeout for the first byte of an answer, in milliseconds. @default 120_000; 600_000 for Ollama and compatible */
  readonly firstByteMs?: number;
}

export interface KeyedSettings extends EndpointSettings {
  readonly apiKey: string;
}

/** Large local models take minutes to load and to process a long prompt. */
export const defaultFirstByteMs = {
  anthropic: 120_000,
  openai: 120_000,
  openrouter: 120_000,
  ollama: 600_000,
  compatible: 600_000,
} as const satisfies Record<RemoteName, number>;

export type RemoteName = keyof ProviderSettings;
export type ProviderName = RemoteName | 'rehearsal';

/** The display name of each provider, and the variable that is required to use it. */
export const remoteProviders = {
  anthropic: { label: 'Anthropic', variable: 'ANTHROPIC_API_KEY' },
  openai: { label: 'OpenAI', variable: 'OPENAI_API_KEY' },
  openrouter: { label: 'OpenRouter', variable: 'OPENROUTER_API_KEY' },
  compatible: { label: 'the compatible server', variable: 'COMPATIBLE_BASE_URL' },
  ollama: { label: 'Ollama', variable: 'OLLAMA_BASE_URL' },
} as const satisfies Record<RemoteName, { readonly label: string; readonly variable: string }>;

/**
 * The providers that are there only if they are configured, in the order in which the default model is looked for.
 * Ollama has a default address.
 */
export const optionalProviders = ['anthropic', 'openai', 'openrouter', 'compatible'] as const;
