import type { FailureCode, FailureReason, FinishReason } from '@stagewire/shared';
import { ProviderFailure } from '../../server/providers/provider.ts';
import type { Provider, ProviderEvent, ProviderRequest } from '../../server/providers/provider.ts';

/** One call of a model, driven by the test word by word. */
export interface ScriptedCall {
  readonly request: ProviderRequest;
  readonly signal: AbortSignal;
  headers(): void;
  bytes(): void;
  say(text: string): void;
  reason(text: string): void;
  use(usage: Extract<ProviderEvent, { type: 'usage' }>['usage']): void;
  finish(finishReason?: FinishReason): void;
  /** Says the whole text and finishes. */
  answer(text: string, finishReason?: FinishReason): void;
  fail(
    code: FailureCode,
    options?: { retryable?: boolean; retryAfterMs?: number; reason?: FailureReason },
  ): void;
  /** Throws something that is no ProviderFailure. */
  break(error: unknown): void;
}

export interface ScriptedProvider extends Provider {
  /** Every call so far, oldest first. */
  readonly calls: readonly ScriptedCall[];
  /** The newest call. @throws Error if there is none. */
  readonly call: ScriptedCall;
}

export interface ScriptedProviderOptions {
  /** Does not return on an abort, as a hung socket would not. @default false */
  readonly ignoresAbort?: boolean;
  /** Told of every new call. */
  onCall?(call: ScriptedCall): void;
}

type Step = { readonly event: ProviderEvent } | { readonly error: unknown };

/** A provider that says what the test says, when it says it. */
export function createScriptedProvider(options: ScriptedProviderOptions = {}): ScriptedProvider {
  const calls: ScriptedCall[] = [];
  return {
    calls,
    get call() {
      const newest = calls.at(-1);
      if (newest === undefined) throw new Error('the model has not been called');
      return newest;
    },
    async *stream(request, { signal, onWire }) {
      const steps: Step[] = [];
      let wake = () => {};
      const put = (step: Step) => {
        steps.push(step);
        wake();
      };
      const say = (event: ProviderEvent) => {
        onWire('bytes');
        put({ event });
      };
      const call: ScriptedCall = {
        request,
        signal,
        headers: () => onWire('headers'),
        bytes: () => onWire('bytes'),
        say: (text) => say({ type: 'text', text }),
        reason: (text) => say({ type: 'reasoning', text }),
        use: (usage) => say({ type: 'usage', usage }),
        finish: (finishReason = 'stop') => say({ type: 'finish', finishReason }),
        answer(text, finishReason) {
          call.headers();
          call.say(text);
          call.finish(finishReason);
        },
        fail(code, { retryable = true, retryAfterMs, reason } = {}) {
          const waits = retryAfterMs === undefined ? {} : { retryAfterMs };
          const why = reason === undefined ? {} : { reason };
          put({ error: new ProviderFailure(code, `scripted ${code}`, { retryable, ...waits, ...why }) });
        },
        break: (error) => put({ error }),
      };
      calls.push(call);
      options.onCall?.(call);
      if (options.ignoresAbort !== true) signal.addEventListener('abort', () => wake(), { once: true });
      for (;;) {
        if (signal.aborted && options.ignoresAbort !== true) return;
        const step = steps.shift();
        if (step === undefined) {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
          continue;
        }
        if ('error' in step) throw step.error;
        yield step.event;
        if (step.event.type === 'finish') return;
      }
    },
  };
}
