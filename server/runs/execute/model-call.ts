import type { EventBody, Failure, Usage, TransientBody } from '@stagewire/shared';
import { createReviewStream } from '../../pipeline/review-stream.ts';
import type { CallWait } from '../../providers/call-limiter.ts';
import { ProviderFailure, type Provider, type ProviderRequest } from '../../providers/provider.ts';
import { estimateUsage } from '../../providers/usage.ts';
import type { Clock } from '../../runtime/clock.ts';
import { untilAborted } from '../../runtime/wait.ts';
import type { CallMeter } from './call-meter.ts';

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
  /** Ends the call now. There is no output after `done` has resolved. @param reason Only for metrics. */
  abort(reason?: 'command'): void;
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
  /** Whose run it is. */
  readonly owner?: string;
  /** Length of the text that the attempt continues, in UTF-16 units. */
  readonly keptChars: number;
  readonly notesIssues: boolean;
  readonly abortGraceMs: number;
  readonly heartbeatMs: number;
  /** Called with every delta and note at once, in order. */
  onOutput(body: EventBody): void;
  /** Awaited after each of them before the provider's stream is read on (backpressure). @default no backpressure */
  readonly drained?: () => Promise<void> | undefined;
  /** @default nothing is measured */
  readonly meter?: CallMeter | undefined;
}

/** A request that was rejected before the response began is not billed. */
const nothingUsed: Usage = { inputTokens: 0, outputTokens: 0, reasoningTokens: 0, source: 'final' };

export function startModelCall(options: ModelCallOptions): ModelCall {
  const { clock, request, onOutput, stage, role, attempt, meter } = options;
  const at = { stage, role, attempt };
  const controller = new AbortController();
  const startedMs = clock.elapsed();
  const wire = { headers: false, lastByteMs: startedMs };
  const output = { text: '', reasoning: '', firstMs: undefined as number | undefined };
  let reportedUsage: Usage | undefined;
  let isDone = false;
  /** Since when the call waits for its turn, and how it describes that; `undefined` once it is sent. */
  let waiting: { readonly sinceMs: number; readonly describe: () => CallWait } | undefined;
  let sentMs = startedMs;
  let interruptedMs: number | undefined;

  const usage = () => {
    if (reportedUsage?.source === 'final') return reportedUsage;
    const begun = wire.headers || reportedUsage !== undefined || output.firstMs !== undefined;
    return begun ? estimateUsage(request, output.text, output.reasoning, reportedUsage) : nothingUsed;
  };

  const timings = () => {
    const nowMs = clock.elapsed();
    return {
      ttftMs: Math.floor((output.firstMs ?? nowMs) - sentMs),
      durationMs: Math.floor(nowMs - startedMs),
    };
  };

  const notes = options.notesIssues
    ? createReviewStream((issue) => onOutput({ type: 'review.noted', ...at, issue }))
    : undefined;

  function emit(type: 'stage.delta' | 'stage.reasoning', text: string): void {
    if (text === '') return;
    if (output.firstMs === undefined) {
      output.firstMs = clock.elapsed();
      meter?.firstOutput(output.firstMs - sentMs);
    }
    meter?.output(wire.lastByteMs);
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
        wire.lastByteMs = clock.elapsed();
      },
      ...(options.owner === undefined ? {} : { owner: options.owner }),
      onWaiting(describe) {
        const nowMs = clock.elapsed();
        waiting = describe && { sinceMs: nowMs, describe };
        sentMs = nowMs;
        wire.lastByteMs = nowMs;
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
      const { code, message, retryable, reason, details, retryAfterMs } = error;
      const failure = {
        code,
        message,
        retryable,
        ...(reason === undefined ? {} : { reason }),
        ...(details === undefined ? {} : { details }),
      };
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

  const reading = read()
    .catch(failed)
    .finally(() => {
      // Measured at the end of the stream, also after the grace period.
      if (interruptedMs !== undefined) meter?.silent(clock.elapsed() - interruptedMs);
    });

  return {
    ...at,
    abort(reason) {
      if (isDone || controller.signal.aborted) return;
      if (reason === 'command') interruptedMs = clock.elapsed();
      cancelGrace = clock.after(options.abortGraceMs, () => giveUp({ status: 'aborted', usage: usage() }));
      controller.abort();
    },
    done: Promise.race([reading, graceOver]).then((result) => {
      isDone = true;
      cancelGrace();
      meter?.ended(result);
      return result;
    }),
    usage,
    heartbeat() {
      const nowMs = clock.elapsed();
      if (waiting !== undefined) {
        const elapsedMs = Math.floor(nowMs - waiting.sinceMs);
        return { type: 'stage.waiting', ...at, ...waiting.describe(), elapsedMs };
      }
      const silentMs = nowMs - wire.lastByteMs;
      const silent = silentMs >= options.heartbeatMs;
      const phase = !wire.headers
        ? 'connecting'
        : output.firstMs === undefined
          ? 'first-token'
          : silent
            ? 'stalled'
            : 'reasoning';
      const elapsedMs = Math.floor(nowMs - startedMs);
      return { type: 'stage.waiting', ...at, phase, elapsedMs, sinceLastByteMs: Math.floor(silentMs) };
    },
  };
}
