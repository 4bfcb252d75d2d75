/** How to reach the providers, as the configuration says; what is absent is not configured. */
export interface ProviderSettings {
  readonly anthropic?: KeyedSettings;
  readonly openai?: KeyedSettings;
  readonly openrouter?: KeyedSettings;
  /** Needs no key; whether it runs is only known when it is asked. */
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
  /** Tokens that an answer may take, reasoning included, where a run does not say it. @default see each provider */
  readonly maxOutputTokens?: number;
  /** How long the first byte of an answer may take, in milliseconds. @default 120_000; 600_000 for Ollama and compatible */
  readonly firstByteMs?: number;
}

export interface KeyedSettings extends EndpointSettings {
  readonly apiKey: string;
}

/** Large models on one's own machine load, and read a long prompt, for minutes. */
export const defaultFirstByteMs = {
  anthropic: 120_000,
  openai: 120_000,
  openrouter: 120_000,
  ollama: 600_000,
  compatible: 600_000,
} as const satisfies Record<RemoteName, number>;

export type RemoteName = keyof ProviderSettings;
export type ProviderName = RemoteName | 'rehearsal';

/** What to call each provider, and the variable without which it cannot be used. */
export const remoteProviders = {
  anthropic: { label: 'Anthropic', variable: 'ANTHROPIC_API_KEY' },
  openai: { label: 'OpenAI', variable: 'OPENAI_API_KEY' },
  openrouter: { label: 'OpenRouter', variable: 'OPENROUTER_API_KEY' },
  compatible: { label: 'the compatible server', variable: 'COMPATIBLE_BASE_URL' },
  ollama: { label: 'Ollama', variable: 'OLLAMA_BASE_URL' },
} as const satisfies Record<RemoteName, { readonly label: string; readonly variable: string }>;
