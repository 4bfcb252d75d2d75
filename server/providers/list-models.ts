import { wait } from '../runtime/wait.ts';
import type { Clock } from '../runtime/clock.ts';
import type { ErrorContext } from './provider-error.ts';
import { failure, failureOf } from './provider-error.ts';
import type { ListModelsOptions } from './remote-provider.ts';

/** Models at most: enough for every catalogue known, and an end for one without. */
const MAX_MODELS = 5_000;

export interface ModelListing {
  /** Asks an SDK, which fetches the pages as they are read. */
  readonly pages: (signal: AbortSignal) => AsyncIterable<{ readonly id: string }>;
  readonly context: ErrorContext;
  readonly clock: Clock;
}

/**
 * The ids of a provider's models, at most 5,000.
 *
 * @throws ProviderFailure PROVIDER_UNAVAILABLE when the deadline passes or the signal aborts, or as the error says.
 */
export async function listModels(
  { pages, context, clock }: ModelListing,
  { signal, timeoutMs = 10_000 }: ListModelsOptions = {},
): Promise<readonly string[]> {
  const deadline = new AbortController();
  const ended = new AbortController();
  const either = signal === undefined ? deadline.signal : AbortSignal.any([deadline.signal, signal]);
  void wait(clock, timeoutMs, ended.signal).then(() => {
    if (!ended.signal.aborted) deadline.abort();
  });
  try {
    const ids: string[] = [];
    for await (const { id } of pages(either)) {
      if (ids.push(id) >= MAX_MODELS) break;
    }
    return ids;
  } catch (error) {
    if (!either.aborted) throw failureOf(error, false, context);
    const why = deadline.signal.aborted ? `took longer than ${timeoutMs} ms` : 'was given up';
    const message = `Listing the models of ${context.provider} at ${context.baseUrl} ${why}.`;
    throw failure('PROVIDER_UNAVAILABLE', message, context, { retryable: true });
  } finally {
    ended.abort();
  }
}
