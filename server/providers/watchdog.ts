import type { Clock } from '../runtime/clock.ts';
import type { Provider, ProviderCall, ProviderEvent, ProviderRequest } from './provider.ts';
import { ProviderFailure } from './provider.ts';

export interface WatchdogOptions {
  readonly clock: Clock;
  /** Maximum silence once the body has started, in milliseconds. @default 60_000 */
  readonly idleTimeoutMs?: number;
  /**
   * Timeout for the body's first byte, in milliseconds. It includes connecting, queueing at the provider and the
   * processing of a long prompt. @default 120_000
   */
  readonly firstByteTimeoutMs?: number;
}

/**
 * Adds timeouts for silence to a provider: the inner call is aborted, and PROVIDER_STALLED is thrown. Pings and
 * comments count as activity. Only time in which the consumer waits for the next event counts: a slow consumer is
 * not a silent provider. An abort by the caller ends the call immediately, even if the inner call ignores it.
 */
export function withWatchdog(provider: Provider, options: WatchdogOptions): Provider {
  return { stream: (request, call) => watch(provider, { request, call, options }) };
}

interface Watched {
  readonly request: ProviderRequest;
  readonly call: ProviderCall;
  readonly options: WatchdogOptions;
}

type Result = IteratorResult<ProviderEvent, undefined>;
const ended: Result = { done: true, value: undefined };

/** A hand-written iterator: it costs one promise per event, and the timer is set again only when it fires. */
function watch(
  provider: Provider,
  { request, call, options }: Watched,
): AsyncIterableIterator<ProviderEvent> {
  const { clock, idleTimeoutMs = 60_000, firstByteTimeoutMs = 120_000 } = options;
  const abort = new AbortController();
  let limitMs = firstByteTimeoutMs;
  let begun = false;
  let quietSince = clock.now();
  let over = false;
  let cancelTimer: (() => void) | undefined;
  let pending: { resolve: (result: Result) => void; reject: (error: unknown) => void } | undefined;
  let inner: AsyncIterator<ProviderEvent> | undefined;

  call.signal.addEventListener('abort', stop, { once: true });

  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    next() {
      if (call.signal.aborted) stop();
      if (over) return Promise.resolve(ended);
      // The consumer's time does not count as silence of the provider.
      quietSince = clock.now();
      inner ??= begin();
      cancelTimer ??= clock.after(limitMs, check);
      const next = inner.next();
      return new Promise((resolve, reject) => {
        pending = { resolve, reject };
        next.then(settle, fail);
      });
    },
    return() {
      stop();
      return Promise.resolve(ended);
    },
  };

  function begin(): AsyncIterator<ProviderEvent> {
    const watchedCall: ProviderCall = {
      signal: abort.signal,
      onWire(kind) {
        if (over) return;
        quietSince = clock.now();
        if (kind === 'bytes' && !begun) {
          begun = true;
          limitMs = idleTimeoutMs;
          cancelTimer?.();
          cancelTimer = clock.after(limitMs, check);
        }
        call.onWire(kind);
      },
    };
    return provider.stream(request, watchedCall)[Symbol.asyncIterator]();
  }

  function settle(result: IteratorResult<ProviderEvent>): void {
    if (over) return;
    if (result.done === true) finish();
    const waiting = pending;
    pending = undefined;
    waiting?.resolve(result.done === true ? ended : result);
  }

  function fail(error: unknown): void {
    if (over) return;
    finish();
    pending?.reject(error);
  }

  function check(): void {
    cancelTimer = undefined;
    // No event is late while none is awaited: the next call of `next` sets the timer again.
    if (pending === undefined) return;
    const leftMs = quietSince + limitMs - clock.now();
    if (leftMs > 0) {
      cancelTimer = clock.after(leftMs, check);
      return;
    }
    const waiting = pending;
    const message = `The provider sent nothing for ${limitMs} ms (model ${request.model}); the call was aborted.`;
    const failure = new ProviderFailure('PROVIDER_STALLED', message, { retryable: true });
    abandon(failure);
    waiting.reject(failure);
  }

  function stop(): void {
    if (over) return;
    const waiting = pending;
    abandon(call.signal.reason);
    waiting?.resolve(ended);
  }

  function abandon(reason: unknown): void {
    finish();
    abort.abort(reason);
    // The outcome has been reported already, so an error of the aborted call is ignored.
    inner?.return?.().then(undefined, () => undefined);
  }

  function finish(): void {
    over = true;
    cancelTimer?.();
    call.signal.removeEventListener('abort', stop);
  }
}
