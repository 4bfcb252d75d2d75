import { refuseLeakingHeaders, type Endpoint } from '../providers/leaking-headers.ts';
import type { ProviderSettings } from '../providers/provider-settings.ts';
import type { Environment } from './environment.ts';

/** The SDKs would send custom headers to any base URL. */
export function leakProblems(
  env: Environment,
  { providers, ollamaIsMeant }: { readonly providers: ProviderSettings; readonly ollamaIsMeant: boolean },
): string[] {
  const { anthropic, openai, openrouter, compatible, ollama } = providers;
  const like = (sdk: Endpoint['sdk'], settings: { readonly baseUrl: string } | undefined): Endpoint[] =>
    settings === undefined ? [] : [{ sdk, baseUrl: settings.baseUrl }];
  const endpoints = [
    ...like('anthropic', anthropic),
    ...[openai, openrouter, compatible, ollamaIsMeant ? ollama : undefined].flatMap((one) =>
      like('openai', one),
    ),
  ];
  const problem = problemOf(() => refuseLeakingHeaders(env, endpoints));
  return problem === undefined ? [] : [problem];
}

/** The message of the error that `attempt` throws; `undefined` if it throws none. */
export function problemOf(attempt: () => unknown): string | undefined {
  try {
    attempt();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
