import type { ProviderCall, ProviderEvent, ProviderRequest } from './provider.ts';
import type { RemoteProvider } from './remote-provider.ts';

/** A remote provider that can be loaded ahead of its first call. */
export interface LazyProvider extends RemoteProvider {
  /** Loads the provider unless it is loaded. @throws what `load` throws; the next call loads it again. */
  load(): Promise<void>;
}

/**
 * A provider that is loaded with its first call: the modules of an SDK take a quarter of a second, and most servers use
 * one SDK or, in a trial, none.
 *
 * @param create Imports the provider's modules and creates it.
 */
export function createLazyProvider(create: () => Promise<RemoteProvider>): LazyProvider {
  let loaded: RemoteProvider | undefined;
  let loading: Promise<RemoteProvider> | undefined;
  let isClosed = false;

  const load = async (): Promise<RemoteProvider> => {
    try {
      loaded = await (loading ??= create());
    } catch (error) {
      loading = undefined;
      throw error;
    }
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
