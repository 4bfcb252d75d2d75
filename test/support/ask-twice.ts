import { createAnthropicProvider } from '../../server/providers/anthropic.ts';
import { createOpenAiCompatibleProvider } from '../../server/providers/openai-compatible.ts';
import { createOpenAiProvider } from '../../server/providers/openai.ts';
import type { ProviderRequest } from '../../server/providers/provider.ts';
import type { RemoteOptions, RemoteProvider } from '../../server/providers/remote-provider.ts';
import { collectAnswer, requestFor } from './collect-answer.ts';
import type { ProviderScript } from './provider-script.ts';
import { createProviderServer, type SeenRequest } from './provider-server.ts';

/** A request's body. */
export type Body = Readonly<Record<string, unknown>>;
export type Name = 'anthropic' | 'openai' | 'compatible' | 'openrouter' | 'ollama';

const apiKey = 'sk-test-0123456789abcdef';

/** A provider by its name, with a key. */
export function create(name: Name, options: RemoteOptions): RemoteProvider {
  if (name === 'anthropic') return createAnthropicProvider({ ...options, apiKey });
  if (name === 'openai') return createOpenAiProvider({ ...options, apiKey });
  return createOpenAiCompatibleProvider({ ...options, apiKey, name });
}

export const wireOf = (name: Name) =>
  name === 'anthropic' ? 'messages' : name === 'openai' ? 'responses' : 'chat';
/** An answer that refuses: with a message, or with a body. */
export const refusal = (message: unknown, status = 400): ProviderScript => ({
  fault: {
    kind: 'http',
    status,
    body: typeof message === 'string' ? { error: { type: 'invalid_request_error', message } } : message,
  },
});

interface Asked {
  readonly name: Name;
  readonly request?: Partial<ProviderRequest>;
  readonly options?: Partial<RemoteOptions>;
  /** Why a request is refused; it is answered if there is no reason. */
  refuse?(body: Body, seen: SeenRequest): ProviderScript | undefined;
}

/** Asks twice, and gives back the bodies that were sent, those of the second call apart. */
export async function askTwice({ name, request = {}, options = {}, refuse }: Asked) {
  await using server = await createProviderServer({
    answer: (seen) => refuse?.(seen.body, seen) ?? 'Hello, world.',
  });
  await using provider = create(name, { baseUrl: server.baseUrl(wireOf(name)), ...options });
  const first = await collectAnswer(provider, requestFor('hello', request));
  const between = server.requests.length;
  const second = await collectAnswer(provider, requestFor('again', request));
  const bodies = server.requests.map((seen) => seen.body);
  return {
    first,
    second,
    bodies: bodies.slice(0, between),
    later: bodies.slice(between),
    paths: server.requests.map((seen) => seen.path),
    limits: provider.limitsOf('test-model'),
  };
}
