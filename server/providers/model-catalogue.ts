import type { ListedModel, ModelList, ProviderModels } from '@stagewire/shared';
import type { Clock } from '../runtime/clock.ts';
import { quietLogger, type Logger } from '../runtime/logger.ts';
import type { ModelLimits } from './model-limits.ts';
import { unsuitableModels } from './model-preferences.ts';
import { isModelRef } from './model-ref.ts';
import { ProviderFailure } from './provider.ts';
import { remoteProviders, type ProviderSettings, type RemoteName } from './provider-settings.ts';
import type { Registry } from './registry.ts';
import { rehearsalModels } from './rehearsal-models.ts';
import type { ListModelsOptions } from './remote-provider.ts';

/** The defaults of how models are listed for callers: the optional part of `ModelCatalogueOptions`. */
export const defaultModelListOptions = {
  /** How long the list of a provider is kept, in milliseconds. */
  modelListKeptMs: 600_000,
  /** How long a failure is kept, in milliseconds: its cause may soon be gone, as when Ollama is started. */
  modelListRetryMs: 15_000,
  /** Timeout for the list of one provider, in milliseconds. */
  modelListTimeoutMs: 8_000,
  /** Models of one provider in an answer. */
  maxModelsPerProvider: 1000,
} as const;

export type ModelListOptions = { readonly [K in keyof typeof defaultModelListOptions]: number };

export interface ModelCatalogueOptions extends Partial<ModelListOptions> {
  readonly settings: ProviderSettings;
  readonly clock: Clock;
  /** Requests the lists, and knows the limits that were in them. */
  readonly registry: Pick<Registry, 'listModels' | 'limitsOf'>;
  /** Receives errors that are not failures of a provider. @default logs nothing */
  readonly logger?: Logger;
}

/** The models that runs can name. Each provider is requested at most once at a time, and its answer is kept. */
export interface ModelCatalogue {
  /** Every configured provider, then the rehearsal. Failures are part of the list. Never rejects. */
  list(): Promise<ModelList>;
  /** Lists the models of one provider now, and keeps them for `list`. @throws ProviderFailure if the request fails. */
  listModels(name: RemoteName, options?: ListModelsOptions): Promise<readonly string[]>;
}

interface Kept {
  readonly answer: Promise<ProviderModels>;
  /** On the monotonic clock, in milliseconds. Infinity while the request is in flight. */
  untilMs: number;
}

export function createModelCatalogue(options: ModelCatalogueOptions): ModelCatalogue {
  const { settings, clock, registry, logger = quietLogger } = options;
  const { modelListKeptMs, modelListRetryMs, modelListTimeoutMs, maxModelsPerProvider } = {
    ...defaultModelListOptions,
    ...options,
  };
  const kept = new Map<RemoteName, Kept>();

  const listed = (name: RemoteName, ids: readonly string[]): ProviderModels => {
    const valid = ids.filter((id) => isModelRef(`${name}/${id}`));
    const suitable = valid.filter((id) => !unsuitableModels.test(id));
    const unsuitable = valid.filter((id) => unsuitableModels.test(id));
    const shown = [...suitable, ...unsuitable].slice(0, maxModelsPerProvider);
    return {
      ...headOf(name),
      models: shown.map((id) => listedModel(`${name}/${id}`, registry.limitsOf(`${name}/${id}`))),
      omitted: ids.length - shown.length,
    };
  };

  const headOf = (name: RemoteName) => ({
    provider: name,
    label: remoteProviders[name].label.replace(/^the (\w)/, (_, first: string) => first.toUpperCase()),
    listedAt: new Date(clock.now()).toISOString(),
  });

  /** Never rejects. */
  const request = async (name: RemoteName): Promise<{ answer: ProviderModels; keepMs: number }> => {
    try {
      const ids = await registry.listModels(name, { timeoutMs: modelListTimeoutMs });
      return { answer: listed(name, ids), keepMs: modelListKeptMs };
    } catch (error) {
      if (!(error instanceof ProviderFailure))
        logger.error({ err: error, provider: name }, 'listing the models failed');
      return {
        answer: { ...headOf(name), models: [], omitted: 0, failure: failureOf(error, name) },
        keepMs: Math.min(Math.max(modelListRetryMs, retryAfterMsOf(error)), modelListKeptMs),
      };
    }
  };

  const modelsOf = (name: RemoteName): Promise<ProviderModels> => {
    const known = kept.get(name);
    if (known !== undefined && clock.elapsed() < known.untilMs) return known.answer;
    const requested = request(name);
    const entry: Kept = { answer: requested.then(({ answer }) => answer), untilMs: Infinity };
    kept.set(name, entry);
    void requested.then(({ keepMs }) => {
      entry.untilMs = clock.elapsed() + keepMs;
    });
    return entry.answer;
  };

  return {
    async list() {
      const names = (Object.keys(remoteProviders) as RemoteName[]).filter(
        (name) => settings[name] !== undefined,
      );
      const providers = await Promise.all(names.map((name) => modelsOf(name)));
      return { providers: [...providers, rehearsalEntry(clock)] };
    },
    async listModels(name, listing) {
      const ids = await registry.listModels(name, listing);
      kept.set(name, {
        answer: Promise.resolve(listed(name, ids)),
        untilMs: clock.elapsed() + modelListKeptMs,
      });
      return ids;
    },
  };
}

function listedModel(model: string, limits: ModelLimits | undefined): ListedModel {
  return { model, ...limits };
}

function rehearsalEntry(clock: Clock): ProviderModels {
  return {
    provider: 'rehearsal',
    label: 'Rehearsal (simulated)',
    models: rehearsalModels.map((model) => ({ model })),
    omitted: 0,
    listedAt: new Date(clock.now()).toISOString(),
  };
}

/** Only a ProviderFailure is known to have a message without a secret. */
function failureOf(error: unknown, name: RemoteName): NonNullable<ProviderModels['failure']> {
  if (!(error instanceof ProviderFailure)) {
    const message = `The models of ${remoteProviders[name].label} could not be listed: internal error of the server.`;
    return { code: 'INTERNAL', message, retryable: true };
  }
  const { code, message, retryable, reason } = error;
  return { code, message, retryable, ...(reason !== undefined && { reason }) };
}

function retryAfterMsOf(error: unknown): number {
  return error instanceof ProviderFailure ? (error.retryAfterMs ?? 0) : 0;
}
