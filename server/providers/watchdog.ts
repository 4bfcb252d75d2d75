import type { Clock } from '../runtime/clock.ts';
import type { Provider, ProviderCall, ProviderEvent, ProviderRequest } from './provider.ts';
import { ProviderFailure } from './provider.ts';

export interface WatchdogOptions {
  readonly clock: Clock;
  /** How long nothing may come once the body has begun, in milliseconds. @default 60_000 */
  readonly idleTimeoutMs?: number;
  /**
   * How long the body's first byte may take, in milliseconds: connecting, waiting in the provider's queue and
   * reading a long prompt are in it. @default 120_000
   */
  readonly firstByteTimeoutMs?: number;
}

/**
 * A provider whose calls end when nothing comes any more: the inner call is aborted, and PROVIDER_STALLED is
 * thrown. Pings and comments count as life. Only time in which somebody waits for the next event counts: a slow
 * consumer is not a silent provider. An abort by the caller ends the call at once, even if the inner one does not
 * heed it.
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

/** An iterator by hand: per event it costs one promise, and the timer is set again only when it fires. */
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
      // Time that the consumer took is not the provider's.
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
    // While nobody waits for an event, none is late: the next wait sets the timer again.
    if (pending === undefined) return;
    const leftMs = quietSince + limitMs - clock.now();
    if (leftMs > 0) {
      cancelTimer = clock.after(leftMs, check);
      return;
    }
    const waiting = pending;
    const message = `The provider sent nothing for ${limitMs} ms (model ${request.model}); the call was ended.`;
    const failure = new ProviderFailure('PROVIDER_STALLED', message, { retryable: true });
    leave(failure);
    waiting.reject(failure);
  }

  function stop(): void {
    if (over) return;
    const waiting = pending;
    leave(call.signal.reason);
    waiting?.resolve(ended);
  }

  function leave(reason: unknown): void {
    finish();
    abort.abort(reason);
    // Its end has been told already: how the abandoned call takes the abort concerns nobody.
    inner?.return?.().then(undefined, () => undefined);
  }

  function finish(): void {
    over = true;
    cancelTimer?.();
    call.signal.removeEventListener('abort', stop);
  }
}
