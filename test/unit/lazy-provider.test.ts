import { expect, test } from 'vitest';
import { createLazyProvider } from '../../server/providers/lazy-provider.ts';
import { quietLogger } from '../../server/runtime/logger.ts';
import type { ProviderEvent, ProviderRequest } from '../../server/providers/provider.ts';
import type { RemoteProvider } from '../../server/providers/remote-provider.ts';

const request = { model: 'm', system: '', messages: [], rehearsal: {} } as unknown as ProviderRequest;
const options = { label: 'OpenAI', logger: quietLogger };
const call = { signal: new AbortController().signal, onWire() {} };

/** A provider whose calls fail when it is closed, as those of a transport do. */
function createFakeRemote(): RemoteProvider & { closed: boolean } {
  const refuse = () => {
    if (remote.closed) throw new Error('closed');
  };
  const remote: RemoteProvider & { closed: boolean } = {
    closed: false,
    async *stream({ model }): AsyncGenerator<ProviderEvent> {
      refuse();
      yield { type: 'text', text: model };
    },
    listModels: async () => {
      refuse();
      return ['m'];
    },
    limitsOf: () => ({ contextTokens: 7 }),
    close: async () => void (remote.closed = true),
    [Symbol.asyncDispose]: () => remote.close(),
  };
  return remote;
}

test('is loaded once, with its first call', async () => {
  let loads = 0;
  await using provider = createLazyProvider(async () => {
    loads++;
    return createFakeRemote();
  }, options);
  expect(provider.limitsOf('m')).toBeUndefined();
  expect(loads).toBe(0);
  const [events, models] = await Promise.all([
    Array.fromAsync(provider.stream(request, call)),
    provider.listModels(),
    provider.load(),
  ]);
  expect(events).toEqual([{ type: 'text', text: 'm' }]);
  expect(models).toEqual(['m']);
  expect(provider.limitsOf('m')).toEqual({ contextTokens: 7 });
  expect(await Array.fromAsync(provider.stream(request, call))).toEqual(events);
  expect(loads).toBe(1);
});

test('a call that cannot load it fails, with the reason in the log only, and the next one loads it again', async () => {
  const logged: unknown[] = [];
  const logger = { ...quietLogger, error: (fields: object) => void logged.push(fields) };
  let loads = 0;
  const create = async () => {
    if (++loads === 1) throw new Error('missing /srv/file');
    return createFakeRemote();
  };
  await using provider = createLazyProvider(create, { label: 'OpenAI', logger });
  const first = await Promise.allSettled([
    Array.fromAsync(provider.stream(request, call)),
    provider.listModels(),
  ]);
  const reason = expect.objectContaining({
    name: 'ProviderFailure',
    code: 'PROVIDER_UNAVAILABLE',
    message: 'The client of OpenAI could not be loaded. The log of the server has the reason.',
  });
  expect(first).toEqual([
    { status: 'rejected', reason },
    { status: 'rejected', reason },
  ]);
  expect(loads).toBe(1);
  expect(logged).toEqual([{ provider: 'OpenAI', reason: 'missing /srv/file' }]);
  expect(await provider.listModels()).toEqual(['m']);
});

test('is closed when it was closed before it was loaded, and while', async () => {
  const remotes: ReturnType<typeof createFakeRemote>[] = [];
  for (const when of ['before', 'while'] as const) {
    const remote = createFakeRemote();
    remotes.push(remote);
    const gate = Promise.withResolvers<void>();
    const provider = createLazyProvider(async () => {
      await gate.promise;
      return remote;
    }, options);
    if (when === 'before') await provider.close();
    const events = Array.fromAsync(provider.stream(request, call));
    events.catch(() => undefined);
    const closed = when === 'while' ? provider.close() : undefined;
    gate.resolve();
    await closed;
    await expect(events).rejects.toThrow('closed');
  }
  expect(remotes.map(({ closed }) => closed)).toEqual([true, true]);
});
