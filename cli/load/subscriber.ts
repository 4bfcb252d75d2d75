import { isDelta, isTransient, type RunEvent } from '@stagewire/shared';
import { connect, StagewireClientError, StagewireError, type RunState } from '@stagewire/client';
import type { LoadContext } from './load-context.ts';
import type { SequenceViolation } from '@stagewire/shared/invariants/event-sequence';
import { createTappedWebSocket } from './tapped-web-socket.ts';
import { createWireTap } from './wire-tap.ts';

/**
 * `steady` subscribers are measured; `dropping` ones lose their socket at random; `slow` ones read at a limited rate.
 */
export type SubscriberKind = 'steady' | 'dropping' | 'slow';

/** When the commands of a run were sent, for the subscriber that measures their effect. Instants of `nowMs`. */
export interface RunTimestamps {
  readonly startedAtMs: number;
  steer?: { readonly commandId: string; readonly sentAtMs: number };
  cancelSentAtMs?: number;
}

export interface SubscriberOptions {
  readonly context: LoadContext;
  readonly runId: string;
  readonly kind: SubscriberKind;
  readonly timestamps: RunTimestamps;
  /** Draws when the socket of a dropping subscriber is destroyed. */
  readonly random: () => number;
  /** Called for each message with text. */
  readonly onText: () => void;
}

/** Subscribes to a run with a client and a socket of its own. Returns its final state; `undefined` if it failed. */
export async function subscribe(
  options: SubscriberOptions,
  signal: AbortSignal,
): Promise<RunState | undefined> {
  const { context, runId, kind } = options;
  const { clock, settings } = context;
  const meter = createMeter(options);
  const socket = createTappedWebSocket({
    clock,
    tap: createWireTap({ onEvent: meter.onEvent }),
    onOpen: meter.onOpen,
    maxBytesPerSecond: kind === 'slow' ? settings.slowBytesPerSecond : undefined,
  });
  await using client = connect({
    url: context.url,
    token: context.token,
    WebSocket: socket.WebSocket,
    clientName: 'stagewire-load',
  });
  const stopDropping =
    kind === 'dropping' ? dropAtRandom(options, () => socket.drop() && meter.onDrop()) : undefined;
  try {
    return await client.run(runId).result({ signal });
  } catch (error) {
    if (!signal.aborted) context.figures.error(codeOf(error));
    return undefined;
  } finally {
    stopDropping?.();
  }
}

export function codeOf(error: unknown): string {
  return error instanceof StagewireError || error instanceof StagewireClientError ? error.code : 'UNKNOWN';
}

function dropAtRandom({ context, random }: SubscriberOptions, drop: () => void): () => void {
  const { clock, settings } = context;
  let cancel = () => {};
  const plan = () => {
    cancel = clock.after(settings.dropEveryMs * (0.5 + random()), () => {
      drop();
      plan();
    });
  };
  plan();
  return () => cancel();
}

/** Measures what one subscriber receives. Durations are taken only at subscribers without injected faults. */
function createMeter({ context, kind, timestamps, onText }: SubscriberOptions) {
  const { figures, nowMs } = context;
  const { trends } = figures;
  const steady = kind === 'steady';
  let opened = 0;
  let droppedAtMs: number | undefined;
  let lastEventAtMs: number | undefined;
  let lastText: { readonly of: string; readonly atMs: number } | undefined;
  let steered: string | undefined;

  const onDurations = (event: RunEvent, atMs: number) => {
    if (lastEventAtMs !== undefined) trends.silence.record(atMs - lastEventAtMs);
    lastEventAtMs = atMs;
    if (event.type === 'command.applied' && event.commandId === timestamps.steer?.commandId) {
      steered = `${event.stage}.${event.attempt}`;
    }
    if (event.type === 'run.cancelled' && timestamps.cancelSentAtMs !== undefined) {
      trends.cancel_to_silence.record(atMs - timestamps.cancelSentAtMs);
    }
    if (!isDelta(event)) return;
    const of = `${event.stage}.${event.attempt}`;
    if (lastText === undefined) trends.time_to_first_token.record(atMs - timestamps.startedAtMs);
    else if (lastText.of === of) trends.token_gap.record(atMs - lastText.atMs);
    lastText = { of, atMs };
    if (steered === of && timestamps.steer !== undefined) {
      trends.steer_to_first_token.record(atMs - timestamps.steer.sentAtMs);
      steered = undefined;
    }
  };

  return {
    onOpen() {
      opened += 1;
      if (opened > 1) figures.count('reconnects');
    },
    onDrop() {
      figures.count('dropped_sockets');
      droppedAtMs = nowMs();
    },
    onEvent(event: RunEvent, violation: SequenceViolation) {
      const atMs = nowMs();
      figures.count('frames');
      if (violation.lost > 0) figures.count('lost', violation.lost);
      if (violation.duplicated > 0) figures.count('duplicated', violation.duplicated);
      if (violation.afterEnd) figures.count('after_end');
      if (droppedAtMs !== undefined) {
        trends.resume.record(atMs - droppedAtMs);
        droppedAtMs = undefined;
      }
      if (steady) onDurations(event, atMs);
      if (!isTransient(event) && isDelta(event)) onText();
    },
  };
}
