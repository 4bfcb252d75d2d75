import type { CallLimiter, CallTurn } from './call-limiter.ts';
import {
  ProviderFailure,
  type Provider,
  type ProviderCall,
  type ProviderEvent,
  type ProviderRequest,
} from './provider.ts';

/**
 * A provider whose calls wait for their turn. A call that the provider rejects during a pause that another call has
 * caused waits as well and is sent again, unless it has output.
 */
export function limitedProvider(provider: Provider, limiter: CallLimiter): Provider {
  return { stream: (request, call) => streamLimited(limiter, { provider, request, call }) };
}

interface Limited {
  readonly provider: Provider;
  readonly request: ProviderRequest;
  readonly call: ProviderCall;
}

type Result = IteratorResult<ProviderEvent, undefined>;
const ended: Result = { done: true, value: undefined };

/** A hand-written iterator: after the first event it passes on the promises of the provider. */
function streamLimited(
  limiter: CallLimiter,
  { provider, request, call }: Limited,
): AsyncIterableIterator<ProviderEvent> {
  const { signal } = call;
  let isOver = false;
  let turn: CallTurn | undefined;
  let inner: AsyncIterator<ProviderEvent> | undefined;

  function leave(): void {
    turn?.leave();
    turn = undefined;
  }

  function begin(granted: CallTurn): AsyncIterator<ProviderEvent> {
    turn = granted;
    const limited: ProviderCall = {
      ...call,
      signal,
      onWire(kind) {
        granted.accept();
        call.onWire(kind);
      },
    };
    return provider.stream(request, limited)[Symbol.asyncIterator]();
  }

  /** Waits, sends the call, and returns its first event. */
  async function first(): Promise<Result> {
    for (let isAgain = false; ; isAgain = true) {
      const onWaiting: NonNullable<ProviderCall['onWaiting']> = (wait) => call.onWaiting?.(wait);
      const granted = await limiter.enter({ owner: call.owner ?? '', signal, isAgain, onWaiting });
      if (granted === undefined || isOver) {
        granted?.leave();
        return ended;
      }
      try {
        inner = begin(granted);
        const result = await inner.next();
        granted.accept();
        if (result.done === true) leave();
        return result.done === true ? ended : result;
      } catch (error) {
        const isThrottled = error instanceof ProviderFailure && error.throttles;
        const verdict = isThrottled ? granted.throttle(error.retryAfterMs) : 'fail';
        if (!isThrottled) granted.accept();
        leave();
        if (verdict === 'fail' || signal.aborted) throw error;
        inner = undefined;
      }
    }
  }

  /** Notes the end of the call; the caller gets the same result. */
  function watch(next: Promise<IteratorResult<ProviderEvent>>): void {
    next.then(
      (result) => {
        if (result.done === true) leave();
      },
      (error: unknown) => {
        if (error instanceof ProviderFailure && error.throttles) turn?.throttle(error.retryAfterMs);
        leave();
      },
    );
  }

  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    next() {
      if (isOver) return Promise.resolve(ended);
      if (inner === undefined) return first();
      const next = inner.next();
      watch(next);
      return next;
    },
    async return() {
      isOver = true;
      leave();
      await inner?.return?.();
      return ended;
    },
  };
}
