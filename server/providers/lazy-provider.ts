import type { Logger } from '../runtime/logger.ts';
import { ProviderFailure, type ProviderCall, type ProviderEvent, type ProviderRequest } from './provider.ts';
import type { RemoteProvider } from './remote-provider.ts';

/** A remote provider that can be loaded ahead of its first call. */
export interface LazyProvider extends RemoteProvider {
  /**
   * Loads the provider unless it is loaded. After a failure the next call tries again, but Node.js keeps the failure of a
   * module whose dependency was missing until the process ends.
   *
   * @throws ProviderFailure PROVIDER_UNAVAILABLE, as every call does then
   */
  load(): Promise<void>;
}

export interface LazyProviderOptions {
  /** The provider's display name. */
  readonly label: string;
  /** Receives the reason why a provider cannot be loaded: it may name paths of this machine. */
  readonly logger: Logger;
}

/**
 * A provider that is loaded with its first call: the modules of an SDK take a quarter of a second, and most servers use
 * at most one SDK.
 *
 * @param create Imports the provider's modules and creates it.
 */
export function createLazyProvider(
  create: () => Promise<RemoteProvider>,
  { label, logger }: LazyProviderOptions,
): LazyProvider {
  let loaded: RemoteProvider | undefined;
  let loading: Promise<RemoteProvider> | undefined;
  let isClosed = false;

  const createOrExplain = async (): Promise<RemoteProvider> => {
    try {
      return await create();
    } catch (cause) {
      loading = undefined;
      // Its message only: the other fields of an invalid URL may contain a password.
      const reason = cause instanceof Error ? cause.message : String(cause);
      logger.error({ provider: label, reason }, 'the client of a provider could not be loaded');
      const message = `The client of ${label} could not be loaded. The log of the server has the reason.`;
      throw new ProviderFailure('PROVIDER_UNAVAILABLE', message, { retryable: false });
    }
  };

  const load = async (): Promise<RemoteProvider> => {
    loaded = await (loading ??= createOrExplain());
    // It was closed while it was loaded: its calls fail.
    if (isClosed) await loaded.close();
    return loaded;
  };

  async function* streamOnceLoaded(
    request: ProviderRequest,
    call: ProviderCall,
  ): AsyncGenerator<ProviderEvent, undefined> {
    const provider = await load();
    yield* provider.stream(request, call);
  }

  const close = async () => {
    isClosed = true;
    await loading?.catch(() => undefined);
    await loaded?.close();
  };

  return {
    stream: (request, call) => loaded?.stream(request, call) ?? streamOnceLoaded(request, call),
    listModels: async (options) => (await load()).listModels(options),
    limitsOf: (model) => loaded?.limitsOf(model),
    load: async () => void (await load()),
    close,
    [Symbol.asyncDispose]: close,
  };
}
