import { pace } from '../pace.ts';
import type { TokenStream } from '../token-provider.ts';

/** {@link pace} that also stops when its block is left by an error. */
export function paced(streams: readonly TokenStream[], tokensPerSecond: number) {
  const writer = pace(streams, tokensPerSecond);
  return { stop: () => writer.stop(), [Symbol.asyncDispose]: () => writer.stop() };
}
