import type { EnvFile } from './dot-env.ts';
import type { ProviderSettings, RemoteName } from '../providers/provider-settings.ts';
import { isLoopback } from '../runtime/is-loopback.ts';

type Given = Readonly<Record<string, string | undefined>>;

/** A base URL, what is sent to it that is secret, and the host to which that belongs. */
interface Receiver {
  readonly url: string;
  readonly secrets: readonly string[];
  /** The provider's own; a server that anybody may run has none. */
  readonly home?: string;
}

const receivers = {
  anthropic: { url: 'ANTHROPIC_BASE_URL', secrets: ['ANTHROPIC_API_KEY'], home: 'api.anthropic.com' },
  openai: { url: 'OPENAI_BASE_URL', secrets: ['OPENAI_API_KEY'], home: 'api.openai.com' },
  openrouter: { url: 'OPENROUTER_BASE_URL', secrets: ['OPENROUTER_API_KEY'], home: 'openrouter.ai' },
  compatible: { url: 'COMPATIBLE_BASE_URL', secrets: ['COMPATIBLE_API_KEY', 'COMPATIBLE_HEADERS'] },
} as const satisfies Partial<Record<RemoteName, Receiver>>;

/**
 * Why a file may not decide where keys of the environment go: one sentence for each base URL, proxy and switch in
 * it that would bring such a key to somebody else. A folder that somebody gave away must not take the keys of whoever
 * starts a server in it. A key in the file may go wherever the file or the environment says.
 *
 * @param given The environment, the file's variables included, without empty ones.
 * @param file What of it came from a file; `undefined` if there is none.
 */
export function misplacedKeys(given: Given, file: EnvFile | undefined): string[] {
  if (file === undefined) return [];
  return Object.values<Receiver>(receivers).flatMap((receiver) => {
    const secrets = receiver.secrets.filter((name) => given[name] !== undefined && !file.names.has(name));
    const problem = secrets.length === 0 ? undefined : takenByFile(receiver, given, file);
    return problem === undefined ? [] : [sentence(problem, secrets, file)];
  });
}

/** Which variable of a file would bring a key to whom. */
interface Taking {
  readonly variable: string;
  readonly to: string;
}

function takenByFile({ url, home }: Receiver, given: Given, file: EnvFile): Taking | undefined {
  const base = URL.parse(given[url] ?? `https://${home}`);
  if (base === null || isLoopback(base.hostname)) return undefined;
  if (file.names.has(url) && !isHome(base, home)) return { variable: url, to: base.host };
  if (base.protocol === 'http:') {
    // As undici reads them: what stands in lower case counts.
    const variable = given['http_proxy'] === undefined ? 'HTTP_PROXY' : 'http_proxy';
    const proxy = given[variable];
    if (proxy !== undefined && file.names.has(variable))
      return { variable, to: URL.parse(proxy)?.host ?? 'that proxy' };
  } else if (given[unchecked] === '0' && file.names.has(unchecked)) {
    return { variable: unchecked, to: `anybody between this machine and ${base.host}` };
  }
  return undefined;
}

/** Set to 0, Node.js takes every certificate. */
const unchecked = 'NODE_TLS_REJECT_UNAUTHORIZED';

function isHome({ protocol, hostname }: URL, home: string | undefined): boolean {
  if (home === undefined || protocol !== 'https:') return false;
  return hostname === home || hostname.endsWith(`.${home}`);
}

function sentence({ variable, to }: Taking, secrets: readonly string[], { path }: EnvFile): string {
  const names = secrets.join(' and ');
  const are = secrets.length === 1 ? 'is' : 'are';
  return (
    `${path} sets ${variable}, by which ${names}, which ${are} set outside of that file, would go to ${to}. ` +
    `Put them into the same place: set ${variable} in the environment if that is meant so, or set ${names} in the ` +
    'file and not in the environment.'
  );
}

/** A line that names every host that is sent a key, with the key's variable; none if no key is configured. */
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
  return `${names.join(' and ')} ${names.length === 1 ? 'goes' : 'go'} to ${new URL(baseUrl).host}`;
}
