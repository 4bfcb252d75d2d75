/** How to reach the providers, as the configuration says; what is absent is not configured. */
export interface ProviderSettings {
  readonly anthropic?: KeyedSettings;
  readonly openai?: KeyedSettings;
  readonly openrouter?: KeyedSettings;
  /** Needs no key; whether it runs is only known when it is asked. */
  readonly ollama: { readonly baseUrl: string };
  readonly compatible?: { readonly apiKey?: string; readonly baseUrl: string };
}

export interface KeyedSettings {
  readonly apiKey: string;
  readonly baseUrl: string;
}

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
