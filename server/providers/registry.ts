import type { Clock } from '../runtime/clock.ts';
import { systemRandom, type RandomSource } from '../runtime/random.ts';
import { createCallLimiter, type CallLimiter, type CallLimiterStats } from './call-limiter.ts';
import { createLazyProvider, type LazyProvider } from './lazy-provider.ts';
import { limitedProvider } from './limited-provider.ts';
import { ModelRefError, parseModelRef } from './model-ref.ts';
import { quietLogger, type Logger } from '../runtime/logger.ts';
import { refuseLeakingHeaders } from './leaking-headers.ts';
import type { ModelLimits } from './model-limits.ts';
import { defaultFirstByteMs, optionalProviders, remoteProviders } from './provider-settings.ts';
import type { EndpointSettings, ProviderSettings, RemoteName } from './provider-settings.ts';
import type { Provider } from './provider.ts';
import { createRehearsalProvider } from './rehearsal.ts';
import type { ListModelsOptions, RemoteProvider } from './remote-provider.ts';
import { withWatchdog } from './watchdog.ts';
import type { WatchdogOptions } from './watchdog.ts';

export interface RegistryOptions {
  readonly clock: Clock;
  readonly settings: ProviderSettings;
  /** Timeouts of silent providers. Defaults: those of `withWatchdog`, and for the first byte those of the settings. */
  readonly watchdog?: Omit<WatchdogOptions, 'clock'>;
  /** The longest wait that a provider may ask for, in milliseconds; a longer one is not retryable. @default 60_000 */
  readonly retryAfterCapMs?: number;
  /** Receives warnings for the operator. @default logs nothing */
  readonly logger?: Logger;
  /** Secrets that no message may contain, in addition to those in the settings. @default none */
  readonly secrets?: readonly string[];
  /** Calls to one provider, which have the same key, that are in flight at the same time. @default 1_000 */
  readonly maxCallsPerProvider?: number;
  /** For the jitter of waiting calls. @default the system's */
  readonly random?: Pick<RandomSource, 'next'>;
  /**
   * Delay after a provider's first use until its models are listed for their limits, in milliseconds. @default
   * 2_000
   */
  readonly listDelayMs?: number;
}

/** Gives the first call priority. */
const LIST_DELAY_MS = 2_000;

/** Finds the provider of a model. Each provider is loaded and created on first use and then kept. */
export interface Registry extends AsyncDisposable {
  /**
   * Loads the providers that are configured, and Ollama if one of these models is its, ahead of their first call. A
   * failure is logged, and shows again in the first call. Never rejects.
   */
  load(modelRefs: readonly string[]): Promise<void>;
  /**
   * The provider of a ModelRef, with a watchdog, and the model's id as that provider knows it.
   *
   * @throws ModelRefError if the reference is invalid, or names a provider that is not configured.
   * @throws Error if the environment would leak headers to the provider.
   */
  resolve(modelRef: string): { readonly provider: Provider; readonly model: string };
  /** Why `resolve` would throw a ModelRefError; `undefined` if it would not. */
  findProblem(modelRef: string): string | undefined;
  /**
   * The ids of a provider's models, in its own order.
   *
   * @throws ModelRefError if it is not configured.
   * @throws ProviderFailure if the request fails.
   */
  listModels(name: RemoteName, options?: ListModelsOptions): Promise<readonly string[]>;
  /**
   * A model's limits, as known so far: from its provider's list of models, which is requested once in the
   * background when one of its models is first resolved, and from errors that named them. `undefined` if nothing is
   * known.
   */
  limitsOf(modelRef: string): ModelLimits | undefined;
  /** The calls to each provider that was used, by its name. */
  callStats(): ReadonlyMap<RemoteName, CallLimiterStats>;
  /** Closes every provider's connections. Calls in flight fail, and `resolve` throws from then on. */
  close(): Promise<void>;
}

export function createRegistry(options: RegistryOptions): Registry {
  const { clock, settings, watchdog = {} } = options;
  const remotes = new Map<RemoteName, LazyProvider>();
  const watched = new Map<Provider, Provider>();
  const listed = new Set<RemoteName>();
  const limiters = new Map<RemoteName, CallLimiter>();
  const cancels: (() => void)[] = [];
  const rehearsal = createRehearsalProvider({ clock });
  let closed = false;

  const remote = (name: RemoteName, modelRef: string): LazyProvider => {
    if (closed) throw new Error('The provider registry is closed.');
    const known = remotes.get(name) ?? createRemote(name, modelRef, options);
    remotes.set(name, known);
    return known;
  };

  const withTimeouts = (provider: Provider, name: RemoteName | 'rehearsal'): Provider => {
    const firstByteTimeoutMs = name === 'rehearsal' ? undefined : firstByteMsOf(name, settings);
    const limits = firstByteTimeoutMs === undefined ? watchdog : { firstByteTimeoutMs, ...watchdog };
    const known = watched.get(provider) ?? limited(withWatchdog(provider, { ...limits, clock }), name);
    watched.set(provider, known);
    return known;
  };

  /** Outside of the watchdog: a call that waits for its turn is not a silent provider. */
  const limited = (provider: Provider, name: RemoteName | 'rehearsal'): Provider => {
    if (name === 'rehearsal') return provider;
    const { random = systemRandom, maxCallsPerProvider } = options;
    const maxCalls = maxCallsPerProvider === undefined ? {} : { maxCalls: maxCallsPerProvider };
    const limiter = limiters.get(name) ?? createCallLimiter({ clock, random, ...maxCalls });
    limiters.set(name, limiter);
    return limitedProvider(provider, limiter);
  };

  /** Runs in the background. A failure is ignored here: it shows again in the next call to the provider. */
  const learnLimits = (name: RemoteName, provider: RemoteProvider): void => {
    if (listed.has(name) || !listsLimits[name]) return;
    listed.add(name);
    const list = () => void provider.listModels().catch(() => undefined);
    cancels.push(clock.after(options.listDelayMs ?? LIST_DELAY_MS, list));
  };

  const close = async (): Promise<void> => {
    closed = true;
    for (const cancel of cancels) cancel();
    const open = [...remotes.values()];
    remotes.clear();
    watched.clear();
    await Promise.all(open.map((provider) => provider.close()));
  };

  return {
    async load(modelRefs) {
      const resolvable = modelRefs.filter((modelRef) => findModelProblem(modelRef, settings) === undefined);
      const named = resolvable.map((modelRef) => parseModelRef(modelRef).provider);
      const usable = optionalProviders.filter((name) => settings[name] !== undefined);
      const names = new Set([...usable, ...named].filter((name) => name !== 'rehearsal'));
      await Promise.allSettled([...names].map(async (name) => remote(name, name).load()));
    },
    resolve(modelRef) {
      const { provider, model } = parseModelRef(modelRef);
      if (provider === 'rehearsal') return { provider: withTimeouts(rehearsal, provider), model };
      const found = remote(provider, modelRef);
      learnLimits(provider, found);
      return { provider: withTimeouts(found, provider), model };
    },
    limitsOf(modelRef) {
      const { provider, model } = parseModelRef(modelRef);
      return provider === 'rehearsal' ? undefined : remotes.get(provider)?.limitsOf(model);
    },
    callStats: () => new Map([...limiters].map(([name, limiter]) => [name, limiter.stats()])),
    findProblem: (modelRef) => findModelProblem(modelRef, settings),
    listModels: async (name, listing) => {
      listed.add(name);
      return remote(name, name).listModels(listing);
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** Why a model cannot be used with these settings; `undefined` if it can. */
export function findModelProblem(modelRef: string, settings: ProviderSettings): string | undefined {
  try {
    const { provider } = parseModelRef(modelRef);
    if (provider !== 'rehearsal' && settings[provider] === undefined) throw notConfigured(provider, modelRef);
    return undefined;
  } catch (error) {
    if (error instanceof ModelRefError) return error.message;
    throw error;
  }
}

/** Whether the provider's model list includes limits; OpenAI's and Ollama's have ids only. */
const listsLimits: Readonly<Record<RemoteName, boolean>> = {
  anthropic: true,
  openai: false,
  openrouter: true,
  ollama: false,
  compatible: true,
};

function firstByteMsOf(name: RemoteName, settings: ProviderSettings): number {
  return settings[name]?.firstByteMs ?? defaultFirstByteMs[name];
}

function createRemote(name: RemoteName, modelRef: string, options: RegistryOptions): LazyProvider {
  const { settings, secrets = [], clock, retryAfterCapMs, logger = quietLogger } = options;
  const { baseUrl } = configured<EndpointSettings>(settings[name], name, modelRef);
  // The SDKs' modules do so too, but only when they are loaded.
  refuseLeakingHeaders(process.env, [{ sdk: name === 'anthropic' ? 'anthropic' : 'openai', baseUrl }]);
  const lazy = { label: remoteProviders[name].label, logger };
  const shared = {
    clock,
    // Longer than the watchdog's timeout, so that the watchdog ends a silent call.
    headersTimeoutMs: firstByteMsOf(name, settings) + 1_000,
    ...(retryAfterCapMs === undefined ? {} : { retryAfterCapMs }),
    logger,
    secrets: [...allSecrets(settings), ...secrets],
  };
  switch (name) {
    case 'anthropic': {
      const own = { ...configured(settings.anthropic, name, modelRef), ...shared };
      return createLazyProvider(
        async () => (await import('./anthropic.ts')).createAnthropicProvider(own),
        lazy,
      );
    }
    case 'openai': {
      const own = { ...configured(settings.openai, name, modelRef), ...shared };
      return createLazyProvider(async () => (await import('./openai.ts')).createOpenAiProvider(own), lazy);
    }
    case 'openrouter':
    case 'ollama':
    case 'compatible': {
      const own = { ...configured(settings[name], name, modelRef), ...shared, name };
      return createLazyProvider(
        async () => (await import('./openai-compatible.ts')).createOpenAiCompatibleProvider(own),
        lazy,
      );
    }
    default:
      return name satisfies never;
  }
}

/** A proxy or a gateway may have the keys of several providers in its errors. */
function allSecrets({ anthropic, openai, openrouter, compatible }: ProviderSettings): readonly string[] {
  const keys = [anthropic, openai, openrouter, compatible].flatMap((one) => one?.apiKey ?? []);
  return [...keys, ...Object.values(compatible?.headers ?? {})];
}

function configured<T>(settings: T | undefined, name: RemoteName, modelRef: string): T {
  if (settings === undefined) throw notConfigured(name, modelRef);
  return settings;
}

function notConfigured(name: RemoteName, modelRef: string): ModelRefError {
  const { label, variable } = remoteProviders[name];
  return new ModelRefError(
    'NOT_CONFIGURED',
    modelRef,
    `"${modelRef}" cannot be used, since ${label} is not configured on this server: set ${variable} and restart the server.`,
  );
}
