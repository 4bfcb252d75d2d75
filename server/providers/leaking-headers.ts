/** An endpoint and the SDK that is used for it. */
export interface Endpoint {
  readonly sdk: 'openai' | 'anthropic';
  readonly baseUrl: string;
}

const sdks = {
  openai: { variable: 'OPENAI_CUSTOM_HEADERS', home: 'openai.com' },
  anthropic: { variable: 'ANTHROPIC_CUSTOM_HEADERS', home: 'anthropic.com' },
} as const;

/**
 * Rejects an environment whose custom headers an SDK would send to a server of another company: the SDKs add them
 * to every request, whatever its host, and no option disables that.
 *
 * @throws Error that names the variable and the endpoint.
 */
export function refuseLeakingHeaders(
  env: Readonly<Record<string, string | undefined>>,
  endpoints: readonly Endpoint[],
): void {
  for (const { sdk, baseUrl } of endpoints) {
    const { variable, home } = sdks[sdk];
    const value = env[variable];
    if (value === undefined || value.trim() === '') continue;
    const { hostname } = new URL(baseUrl);
    if (hostname === home || hostname.endsWith(`.${home}`)) continue;
    throw new Error(
      `${variable} is set, and its headers would also be sent to ${hostname}. They may contain secrets meant for ` +
        `${home} only. Unset ${variable}, or remove the endpoint outside ${home} from the configuration.`,
    );
  }
}
