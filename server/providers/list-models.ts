import { wait } from '../runtime/wait.ts';
import type { Clock } from '../runtime/clock.ts';
import { shownUrl } from './address-advice.ts';
import { isRecord } from './error-body.ts';
import { limitsOfEntry, type ModelLimitsCache } from './model-limits.ts';
import type { ErrorContext } from './provider-error.ts';
import {
  failure,
  failureOf,
  failureOfBody,
  isFreeOfSecrets,
  safeText,
  wrongAddress,
} from './provider-error.ts';
import { summarizePage } from './error-page.ts';
import type { ListModelsOptions } from './remote-provider.ts';
import { readWhole } from './http-transport.ts';

/** Maximum number of models: more than any known catalogue has. */
const MAX_MODELS = 5_000;
/** The longest known page, one of OpenRouter, has half a megabyte. */
const MAX_PAGE_BYTES = 16_000_000;

/** One page of a list, not yet read. */
export type ModelPage = Response;

export interface ModelListing {
  readonly page: (signal: AbortSignal, after: string | undefined) => Promise<ModelPage>;
  readonly context: ErrorContext;
  readonly clock: Clock;
  /** Receives the limits that the list reports for each model. */
  readonly limits: ModelLimitsCache;
}

/**
 * The ids of a provider's models, at most 5,000, from `{data: []}`, `{models: []}` or a bare list. Entries without
 * an id are skipped.
 *
 * @throws ProviderFailure PROVIDER_UNAVAILABLE on timeout or abort, else as the error is classified.
 */
export async function listModels(
  listing: ModelListing,
  { signal, timeoutMs = 10_000 }: ListModelsOptions = {},
): Promise<readonly string[]> {
  const { context, clock } = listing;
  const deadline = new AbortController();
  const ended = new AbortController();
  const either = signal === undefined ? deadline.signal : AbortSignal.any([deadline.signal, signal]);
  void wait(clock, timeoutMs, ended.signal).then(() => {
    if (!ended.signal.aborted) deadline.abort();
  });
  try {
    return await readPages(listing, either);
  } catch (error) {
    if (!either.aborted) throw failureOf(error, false, context);
    const why = deadline.signal.aborted ? `took longer than ${timeoutMs} ms` : 'was aborted';
    const message = `Listing the models of ${context.provider} at ${shownUrl(context.baseUrl)} ${why}.`;
    throw failure('PROVIDER_UNAVAILABLE', message, context, { retryable: true });
  } finally {
    ended.abort();
  }
}

async function readPages(listing: ModelListing, signal: AbortSignal): Promise<readonly string[]> {
  const ids = new Set<string>();
  let after: string | undefined;
  do {
    const response = await listing.page(signal, after);
    const { entries, more } = entriesIn(await readWhole(response.body, MAX_PAGE_BYTES), response, listing);
    let last: string | undefined;
    for (const entry of entries) {
      if (!isRecord(entry) || typeof entry['id'] !== 'string' || entry['id'] === '') continue;
      last = entry['id'];
      // Ids are printed and sent to every client, so they must not contain a key.
      if (!isFreeOfSecrets(last, listing.context)) continue;
      if (ids.size >= MAX_MODELS) return [...ids];
      ids.add(last);
      listing.limits.update(last, limitsOfEntry(entry), 'list');
    }
    // A page without new entries would be requested again endlessly.
    after = more && last !== after ? last : undefined;
  } while (after !== undefined);
  return [...ids];
}

function entriesIn(
  text: string,
  response: Response,
  { context }: ModelListing,
): { readonly entries: readonly unknown[]; readonly more: boolean } {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    throw notAList(text, response, context);
  }
  if (Array.isArray(body)) return { entries: body, more: false };
  if (!isRecord(body)) throw notAList(text, response, context);
  const { data, models } = body;
  if (Array.isArray(data)) return { entries: data, more: body['has_more'] === true };
  if (Array.isArray(models)) return { entries: models, more: false };
  // Ollama without a model returns `null`.
  if (data === null || models === null) return { entries: [], more: false };
  if (body['error'] !== undefined) throw failureOfBody(body, context, { url: response.url });
  throw notAList(text, response, context);
}

function notAList(text: string, response: Response, context: ErrorContext): Error {
  const words = safeText(/^\s*</.test(text) ? summarizePage(text) : text, context, 120);
  const message = `${context.provider} did not return a list of models: ${words} ${wrongAddress(response.url, context)}`;
  return failure('PROVIDER_UNAVAILABLE', message, context, { retryable: false, reason: 'wrong_address' });
}
