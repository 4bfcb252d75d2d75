/** An endpoint as the SDK that speaks to it sees it. */
export interface Endpoint {
  readonly sdk: 'openai' | 'anthropic';
  readonly baseUrl: string;
}

const sdks = {
  openai: { variable: 'OPENAI_CUSTOM_HEADERS', home: 'openai.com' },
  anthropic: { variable: 'ANTHROPIC_CUSTOM_HEADERS', home: 'anthropic.com' },
} as const;

/**
 * Refuses an environment whose custom headers an SDK would send to somebody else's server: the SDKs add them to
 * every request, wherever it goes, and no option takes them back.
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
      `${variable} is set, and its headers would be sent to ${hostname} too. They may hold secrets meant for ` +
        `${home} only. Unset ${variable}, or configure no endpoint outside ${home}.`,
    );
  }
}
