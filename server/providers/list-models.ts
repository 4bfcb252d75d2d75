import { wait } from '../runtime/wait.ts';
import type { Clock } from '../runtime/clock.ts';
import { shownUrl } from './address-advice.ts';
import { isRecord } from './error-body.ts';
import { limitsOfEntry, type LimitsMemory } from './model-limits.ts';
import type { ErrorContext } from './provider-error.ts';
import {
  failure,
  failureOf,
  failureOfBody,
  isWithoutKeys,
  safeWords,
  wrongAddress,
} from './provider-error.ts';
import { pageWords } from './error-page.ts';
import type { ListModelsOptions } from './remote-provider.ts';
import { readWhole } from './http-transport.ts';

/** Models at most: enough for every catalogue known, and an end for one without. */
const MAX_MODELS = 5_000;
/** A page of OpenRouter's, the longest that is known, has half a megabyte. */
const MAX_PAGE_BYTES = 16_000_000;

/** One page of a list, not yet read. */
export type ModelPage = Response;

export interface ModelListing {
  readonly page: (signal: AbortSignal, after: string | undefined) => Promise<ModelPage>;
  readonly context: ErrorContext;
  readonly clock: Clock;
  /** Told what the list says of each model. */
  readonly limits: LimitsMemory;
}

/**
 * The ids of a provider's models, at most 5,000: from `{data: []}`, `{models: []}` or a bare list; entries without an
 * id are left out.
 *
 * @throws ProviderFailure PROVIDER_UNAVAILABLE when the deadline passes or the signal aborts, or as the error says.
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
    const why = deadline.signal.aborted ? `took longer than ${timeoutMs} ms` : 'was given up';
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
      // What is listed is printed, and told to every client.
      if (!isWithoutKeys(last, listing.context)) continue;
      if (ids.size >= MAX_MODELS) return [...ids];
      ids.add(last);
      listing.limits.note(last, limitsOfEntry(entry), 'list');
    }
    // A page that brings nothing new would be asked for without end.
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
  // Ollama without a model answers `null`.
  if (data === null || models === null) return { entries: [], more: false };
  if (body['error'] !== undefined) throw failureOfBody(body, context, { url: response.url });
  throw notAList(text, response, context);
}

function notAList(text: string, response: Response, context: ErrorContext): Error {
  const words = safeWords(/^\s*</.test(text) ? pageWords(text) : text, context, 120);
  const message = `${context.provider} answered something else than a list of models: ${words} ${wrongAddress(response.url, context)}`;
  return failure('PROVIDER_UNAVAILABLE', message, context, { retryable: false, reason: 'wrong_address' });
}
