import type { Clock } from '../runtime/clock.ts';
import { createAnthropicProvider } from './anthropic.ts';
import { ModelRefError, parseModelRef } from './model-ref.ts';
import { createOpenAiCompatibleProvider } from './openai-compatible.ts';
import { createOpenAiProvider } from './openai.ts';
import { remoteProviders } from './provider-settings.ts';
import type { ProviderSettings, RemoteName } from './provider-settings.ts';
import type { Provider } from './provider.ts';
import { createRehearsalProvider } from './rehearsal.ts';
import type { ListModelsOptions, RemoteProvider } from './remote-provider.ts';
import { withWatchdog } from './watchdog.ts';
import type { WatchdogOptions } from './watchdog.ts';

export interface RegistryOptions {
  readonly clock: Clock;
  readonly settings: ProviderSettings;
  /** How long a provider may be silent. Defaults: those of `withWatchdog`. */
  readonly watchdog?: Omit<WatchdogOptions, 'clock'>;
}

/** Who answers for a model. Each provider is made when it is first asked for, and then kept. */
export interface Registry extends AsyncDisposable {
  /**
   * The provider of a ModelRef, under a watchdog, and the model's id as that provider knows it.
   *
   * @throws ModelRefError if the reference cannot be read, or names a provider that is not configured.
   * @throws Error if the provider refuses to be made: the environment would leak headers to it.
   */
  resolve(modelRef: string): { readonly provider: Provider; readonly model: string };
  /** Why `resolve` would throw a ModelRefError; `undefined` if it would not. */
  findProblem(modelRef: string): string | undefined;
  /**
   * The ids of a provider's models, in its own order.
   *
   * @throws ModelRefError if it is not configured.
   * @throws ProviderFailure if it cannot be asked.
   */
  listModels(name: RemoteName, options?: ListModelsOptions): Promise<readonly string[]>;
  /** Closes every provider's connections; calls under way fail, and nothing is resolved any more. */
  close(): Promise<void>;
}

export function createRegistry({ clock, settings, watchdog = {} }: RegistryOptions): Registry {
  const remotes = new Map<RemoteName, RemoteProvider>();
  const watched = new Map<Provider, Provider>();
  const rehearsal = createRehearsalProvider({ clock });
  let closed = false;

  const remote = (name: RemoteName, modelRef: string): RemoteProvider => {
    if (closed) throw new Error('The registry is closed: no provider can be reached any more.');
    const known = remotes.get(name) ?? createRemote(name, { modelRef, settings, clock });
    remotes.set(name, known);
    return known;
  };

  const underWatch = (provider: Provider): Provider => {
    const known = watched.get(provider) ?? withWatchdog(provider, { ...watchdog, clock });
    watched.set(provider, known);
    return known;
  };

  const close = async (): Promise<void> => {
    closed = true;
    const open = [...remotes.values()];
    remotes.clear();
    watched.clear();
    await Promise.all(open.map((provider) => provider.close()));
  };

  return {
    resolve(modelRef) {
      const { provider, model } = parseModelRef(modelRef);
      const found = provider === 'rehearsal' ? rehearsal : remote(provider, modelRef);
      return { provider: underWatch(found), model };
    },
    findProblem: (modelRef) => findModelProblem(modelRef, settings),
    listModels: async (name, options) => remote(name, name).listModels(options),
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

function createRemote(
  name: RemoteName,
  { modelRef, settings, clock }: { modelRef: string; settings: ProviderSettings; clock: Clock },
): RemoteProvider {
  switch (name) {
    case 'anthropic':
      return createAnthropicProvider({ ...configured(settings.anthropic, name, modelRef), clock });
    case 'openai':
      return createOpenAiProvider({ ...configured(settings.openai, name, modelRef), clock });
    case 'openrouter':
    case 'ollama':
    case 'compatible':
      return createOpenAiCompatibleProvider({ ...configured(settings[name], name, modelRef), name, clock });
    default:
      return name satisfies never;
  }
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
    `"${modelRef}" cannot be used, since ${label} is not configured on this server: set ${variable} and start again.`,
  );
}
