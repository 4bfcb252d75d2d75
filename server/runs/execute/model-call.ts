import type { EventBody, Failure, Usage, TransientBody } from '@stagewire/shared';
import { createReviewStream } from '../../pipeline/review-stream.ts';
import { ProviderFailure, type Provider, type ProviderRequest } from '../../providers/provider.ts';
import { estimateUsage } from '../../providers/usage.ts';
import type { Clock } from '../../runtime/clock.ts';
import { untilAborted } from '../../runtime/wait.ts';

/** Identifies the attempt of a call. */
export interface CallOf {
  readonly stage: number;
  readonly role: string;
  readonly attempt: number;
}

/** How a call ended; the decider chooses what follows. */
export type CallResult =
  | {
      readonly status: 'completed';
      readonly finishReason: 'stop' | 'length' | 'other';
      readonly usage: Usage;
      readonly ttftMs: number;
      readonly durationMs: number;
    }
  | {
      readonly status: 'failed';
      readonly failure: Failure;
      readonly usage: Usage;
      readonly ttftMs: number;
      readonly durationMs: number;
      readonly retryAfterMs: number | undefined;
    }
  | { readonly status: 'aborted'; readonly usage: Usage };

/** One call of a model, from its request to the end of its output. */
export interface ModelCall extends CallOf {
  /** Ends the call now. There is no output after `done` has resolved. */
  abort(): void;
  /** Resolves when the provider's stream has returned; after an abort, within the grace period. */
  readonly done: Promise<CallResult>;
  /** The usage so far, estimated where the provider has not reported it. */
  usage(): Usage;
  /** What the call is waiting for. */
  heartbeat(): TransientBody;
}

export interface ModelCallOptions extends CallOf {
  readonly provider: Provider;
  readonly request: ProviderRequest;
  readonly clock: Clock;
  /** Length of the text that the attempt continues, in UTF-16 units. */
  readonly keptChars: number;
  readonly notesIssues: boolean;
  readonly abortGraceMs: number;
  readonly heartbeatMs: number;
  /** Called with every delta and note at once, in order. */
  onOutput(body: EventBody): void;
  /** Awaited after each of them before the provider's stream is read on (backpressure). @default no backpressure */
  readonly drained?: () => Promise<void> | undefined;
}

/** A request that was rejected before the response began is not billed. */
const nothingUsed: Usage = { inputTokens: 0, outputTokens: 0, reasoningTokens: 0, source: 'final' };

export function startModelCall(options: ModelCallOptions): ModelCall {
  const { clock, request, onOutput, stage, role, attempt } = options;
  const at = { stage, role, attempt };
  const controller = new AbortController();
  const startedMs = clock.now();
  const wire = { headers: false, lastByteMs: startedMs };
  const output = { text: '', reasoning: '', firstMs: undefined as number | undefined };
  let reportedUsage: Usage | undefined;
  let isDone = false;

  const usage = () => {
    if (reportedUsage?.source === 'final') return reportedUsage;
    const begun = wire.headers || reportedUsage !== undefined || output.firstMs !== undefined;
    return begun ? estimateUsage(request, output.text, output.reasoning, reportedUsage) : nothingUsed;
  };

  const timings = () => {
    const nowMs = clock.now();
    return { ttftMs: (output.firstMs ?? nowMs) - startedMs, durationMs: nowMs - startedMs };
  };

  const notes = options.notesIssues
    ? createReviewStream((issue) => onOutput({ type: 'review.noted', ...at, issue }))
    : undefined;

  function emit(type: 'stage.delta' | 'stage.reasoning', text: string): void {
    if (text === '') return;
    output.firstMs ??= clock.now();
    if (type === 'stage.delta') {
      onOutput({ type, ...at, offset: options.keptChars + output.text.length, text });
      output.text += text;
      notes?.write(text);
    } else {
      onOutput({ type, ...at, offset: output.reasoning.length, text });
      output.reasoning += text;
    }
  }

  async function read(): Promise<CallResult> {
    const stream = options.provider.stream(request, {
      signal: controller.signal,
      onWire(kind) {
        if (kind === 'headers') wire.headers = true;
        wire.lastByteMs = clock.now();
      },
    });
    for await (const event of stream) {
      if (controller.signal.aborted) break;
      switch (event.type) {
        case 'text':
          emit('stage.delta', event.text);
          break;
        case 'reasoning':
          emit('stage.reasoning', event.text);
          break;
        case 'usage':
          reportedUsage = event.usage;
          break;
        case 'finish': {
          const { finishReason } = event;
          return { status: 'completed', finishReason, usage: usage(), ...timings() };
        }
        default:
          event satisfies never;
      }
      const drained = options.drained?.();
      if (drained !== undefined) await untilAborted(drained, controller.signal);
    }
    if (controller.signal.aborted) return { status: 'aborted', usage: usage() };
    return failed(
      new ProviderFailure('PROVIDER_TRUNCATED', 'the stream of the provider ended before it was complete', {
        retryable: true,
      }),
    );
  }

  function failed(error: unknown): CallResult {
    if (controller.signal.aborted) return { status: 'aborted', usage: usage() };
    if (error instanceof ProviderFailure) {
      const { code, message, retryable, reason, retryAfterMs } = error;
      const failure = { code, message, retryable, ...(reason === undefined ? {} : { reason }) };
      return { status: 'failed', failure, usage: usage(), ...timings(), retryAfterMs };
    }
    const failure: Failure = {
      code: 'INTERNAL',
      message: 'the server failed while it read from the provider',
      retryable: false,
    };
    return { status: 'failed', failure, usage: usage(), ...timings(), retryAfterMs: undefined };
  }

  let cancelGrace = () => {};
  let giveUp = (_result: CallResult) => {};
  const graceOver = new Promise<CallResult>((resolve) => {
    giveUp = resolve;
  });

  return {
    ...at,
    abort() {
      if (isDone || controller.signal.aborted) return;
      cancelGrace = clock.after(options.abortGraceMs, () => giveUp({ status: 'aborted', usage: usage() }));
      controller.abort();
    },
    done: Promise.race([read().catch(failed), graceOver]).then((result) => {
      isDone = true;
      cancelGrace();
      return result;
    }),
    usage,
    heartbeat() {
      const nowMs = clock.now();
      const sinceLastByteMs = nowMs - wire.lastByteMs;
      const silent = sinceLastByteMs >= options.heartbeatMs;
      const phase = !wire.headers
        ? 'connecting'
        : output.firstMs === undefined
          ? 'first-token'
          : silent
            ? 'stalled'
            : 'reasoning';
      return { type: 'stage.waiting', ...at, phase, elapsedMs: nowMs - startedMs, sinceLastByteMs };
    },
  };
}
