import type { EnvFile } from './dot-env.ts';
import type { ProviderSettings, RemoteName } from '../providers/provider-settings.ts';
import { isLoopback } from '../runtime/is-loopback.ts';

type Given = Readonly<Record<string, string | undefined>>;

/** A base URL, the secret that is sent to it, and the official host of that secret. */
interface Receiver {
  readonly url: string;
  readonly secrets: readonly string[];
  /** The provider's own host; undefined for a server that anyone may run. */
  readonly home?: string;
}

const otlpHeaders = ['OTEL_EXPORTER_OTLP_HEADERS', 'OTEL_EXPORTER_OTLP_TRACES_HEADERS'] as const;

const receivers = {
  anthropic: { url: 'ANTHROPIC_BASE_URL', secrets: ['ANTHROPIC_API_KEY'], home: 'api.anthropic.com' },
  openai: { url: 'OPENAI_BASE_URL', secrets: ['OPENAI_API_KEY'], home: 'api.openai.com' },
  openrouter: { url: 'OPENROUTER_BASE_URL', secrets: ['OPENROUTER_API_KEY'], home: 'openrouter.ai' },
  compatible: { url: 'COMPATIBLE_BASE_URL', secrets: ['COMPATIBLE_API_KEY', 'COMPATIBLE_HEADERS'] },
  oidc: { url: 'STAGEWIRE_JWT_ISSUER', secrets: ['STAGEWIRE_OIDC_CLIENT_SECRET'] },
  otlp: { url: 'OTEL_EXPORTER_OTLP_ENDPOINT', secrets: otlpHeaders },
  otlpTraces: { url: 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', secrets: otlpHeaders },
} as const satisfies Partial<Record<RemoteName | 'oidc' | 'otlp' | 'otlpTraces', Receiver>>;

/**
 * Prevents a file from redirecting keys of the environment: one sentence for each base URL, proxy and TLS
 * switch in it that would send such a key to another host. A folder from someone else must not steal the
 * operator's keys. A key in the file may go wherever the file or the environment specifies.
 *
 * @param given The environment including the file's variables, without empty ones.
 * @param file The variables that came from a file; `undefined` if there is none.
 */
export function misplacedKeys(given: Given, file: EnvFile | undefined): string[] {
  if (file === undefined) return [];
  return Object.values<Receiver>(receivers).flatMap((receiver) => {
    const secrets = receiver.secrets.filter((name) => given[name] !== undefined && !file.names.has(name));
    const problem = secrets.length === 0 ? undefined : takenByFile(receiver, given, file);
    return problem === undefined ? [] : [sentence(problem, secrets, file)];
  });
}

/** Which variable of a file would redirect which key. */
interface Taking {
  readonly variable: string;
  readonly to: string;
}

function takenByFile({ url, home }: Receiver, given: Given, file: EnvFile): Taking | undefined {
  const base = URL.parse(given[url] ?? `https://${home}`);
  if (base === null || isLoopback(base.hostname)) return undefined;
  if (file.names.has(url) && !isHome(base, home)) return { variable: url, to: base.host };
  if (base.protocol === 'http:') {
    // As in undici: the lower-case variable takes precedence.
    const variable = given['http_proxy'] === undefined ? 'HTTP_PROXY' : 'http_proxy';
    const proxy = given[variable];
    if (proxy !== undefined && file.names.has(variable))
      return { variable, to: URL.parse(proxy)?.host ?? 'that proxy' };
  } else if (given[unchecked] === '0' && file.names.has(unchecked)) {
    return { variable: unchecked, to: `any intermediary between this machine and ${base.host}` };
  }
  return undefined;
}

/** Set to 0, Node.js accepts every certificate. */
const unchecked = 'NODE_TLS_REJECT_UNAUTHORIZED';

function isHome({ protocol, hostname }: URL, home: string | undefined): boolean {
  if (home === undefined || protocol !== 'https:') return false;
  return hostname === home || hostname.endsWith(`.${home}`);
}

function sentence({ variable, to }: Taking, secrets: readonly string[], { path }: EnvFile): string {
  const names = secrets.join(' and ');
  const are = secrets.length === 1 ? 'is' : 'are';
  return (
    `${path} sets ${variable}, but ${names} ${are} set outside that file, and would be sent to ${to}. ` +
    `If this is intended, set ${variable} in the environment, or ${names} in the file only. Otherwise remove ${variable} from the file.`
  );
}

/** A line that lists every host that receives a key, with the key's variable; none if no key is configured. */
export function keyNotes(providers: ProviderSettings): string[] {
  const { anthropic, openai, openrouter, compatible } = providers;
  const goings = [
    ...[
      { settings: anthropic, name: receivers.anthropic.secrets[0] },
      { settings: openai, name: receivers.openai.secrets[0] },
      { settings: openrouter, name: receivers.openrouter.secrets[0] },
    ].flatMap(({ settings, name }) => (settings === undefined ? [] : [going([name], settings.baseUrl)])),
    ...(compatible === undefined ? [] : goingsOf(compatible)),
  ];
  return goings.length === 0 ? [] : [`Keys: ${goings.join('; ')}.`];
}

function goingsOf(compatible: NonNullable<ProviderSettings['compatible']>): string[] {
  const { apiKey, headers = {}, baseUrl } = compatible;
  const [key, header] = receivers.compatible.secrets;
  const names = [
    ...(apiKey === undefined ? [] : [key]),
    ...(Object.keys(headers).length === 0 ? [] : [header]),
  ];
  return names.length === 0 ? [] : [going(names, baseUrl)];
}

function going(names: readonly string[], baseUrl: string): string {
  return `${names.join(' and ')} ${names.length === 1 ? 'is' : 'are'} sent to ${new URL(baseUrl).host}`;
}
