import { isDelta, type RunEvent } from '@stagewire/shared';
import { connect, type RunState } from '@stagewire/client';
import { codeOf } from './code-of.ts';
import type { LoadContext } from './load-context.ts';
import type { Figures } from './figures.ts';
import type { CountedAddress } from './load-address.ts';
import { createDeliveryLedger, type WireViolation } from './delivery-ledger.ts';
import { createTappedTransport } from './tapped-transport.ts';

/**
 * `steady` subscribers are measured; `dropping` ones lose their connection at random; `slow` ones read at a limited rate.
 */
export type SubscriberKind = 'steady' | 'dropping' | 'slow';

/** When the commands of a run were sent, for the subscriber that measures their effect. Instants of `nowMs`. */
export interface RunTimestamps {
  readonly startedAtMs: number;
  /** By command id; `undefined`: its effect is not measured. */
  readonly commands: Map<
    string,
    { readonly kind: 'steer' | 'redirect' | 'cancel' | undefined; readonly sentAtMs: number }
  >;
}

export interface SubscriberOptions {
  readonly context: LoadContext;
  readonly runId: string;
  readonly kind: SubscriberKind;
  readonly timestamps: RunTimestamps;
  /** Draws when the connection of a dropping subscriber is destroyed. */
  readonly random: () => number;
  /** Where it connects for the nth time, counted from 0. */
  readonly addressOf: (connection: number) => CountedAddress;
  /** Called for each event. */
  readonly onEvent: (event: RunEvent) => void;
}

/** Subscribes to a run with a client and a connection of its own. Returns its final state; `undefined` if it failed. */
export async function subscribe(
  options: SubscriberOptions,
  signal: AbortSignal,
): Promise<RunState | undefined> {
  const { context, runId, kind, addressOf } = options;
  const { clock, settings } = context;
  const first = addressOf(0);
  let connections = 0;
  const meter = createMeter(options, () => addressOf(Math.max(0, connections - 1)).figures);
  const ledger = createDeliveryLedger({ onEvent: meter.onEvent });
  const connection = createTappedTransport({
    clock,
    ledger,
    onOpen: meter.onOpen,
    addressOf() {
      connections += 1;
      return addressOf(connections - 1).url;
    },
    maxBytesPerSecond: kind === 'slow' ? settings.slowBytesPerSecond : undefined,
  });
  await using client = connect({
    url: first.url,
    token: first.token,
    transport: settings.transport,
    WebSocket: connection.WebSocket,
    fetch: connection.fetch,
    clientName: 'stagewire-load',
  });
  const stopDropping =
    kind === 'dropping' ? dropAtRandom(options, () => connection.drop() && meter.onDrop()) : undefined;
  try {
    return await client.run(runId).result({ signal });
  } catch (error) {
    if (!signal.aborted) first.figures.error(codeOf(error), error);
    return undefined;
  } finally {
    stopDropping?.();
  }
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
function createMeter(
  { context, kind, timestamps, onEvent }: SubscriberOptions,
  /** Of the address that it is connected to. */
  figuresNow: () => Figures,
) {
  const { nowMs } = context;
  const steady = kind === 'steady';
  let opened = 0;
  let droppedAtMs: number | undefined;
  let lastEventAtMs: number | undefined;
  let lastText: { readonly of: string; readonly atMs: number } | undefined;
  /** Attempts whose prompt contains a steer that was just applied, and when that was sent. */
  const steered = new Map<string, number>();
  let redirected: { readonly fromStage: number; readonly sentAtMs: number } | undefined;

  const onApplied = (event: Extract<RunEvent, { type: 'command.applied' }>) => {
    const command = timestamps.commands.get(event.commandId);
    if (command?.kind === 'steer') steered.set(`${event.stage}.${event.attempt}`, command.sentAtMs);
    if (command?.kind === 'redirect')
      redirected = { fromStage: event.stage ?? 0, sentAtMs: command.sentAtMs };
  };
  const onDurations = (event: RunEvent, atMs: number) => {
    const { trends } = figuresNow();
    if (lastEventAtMs !== undefined) trends.silence.record(atMs - lastEventAtMs);
    lastEventAtMs = atMs;
    if (event.type === 'command.applied') onApplied(event);
    if (event.type === 'run.cancelled') {
      const command = timestamps.commands.get(event.commandId);
      if (command?.kind === 'cancel') trends.cancel_to_silence.record(atMs - command.sentAtMs);
    }
    if (!isDelta(event)) return;
    const of = `${event.stage}.${event.attempt}`;
    if (lastText === undefined) trends.time_to_first_token.record(atMs - timestamps.startedAtMs);
    else if (lastText.of === of) trends.token_gap.record(atMs - lastText.atMs);
    lastText = { of, atMs };
    const sentAtMs = steered.get(of);
    if (sentAtMs !== undefined) {
      trends.steer_to_first_token.record(atMs - sentAtMs);
      steered.delete(of);
    }
    if (redirected !== undefined && event.stage > redirected.fromStage) {
      trends.redirect_to_first_token.record(atMs - redirected.sentAtMs);
      redirected = undefined;
    }
  };

  return {
    onOpen() {
      opened += 1;
      if (opened > 1) figuresNow().count('reconnects');
    },
    onDrop() {
      figuresNow().count('dropped_sockets');
      droppedAtMs = nowMs();
    },
    onEvent(event: RunEvent, violation: WireViolation) {
      const atMs = nowMs();
      const figures = figuresNow();
      figures.count('frames');
      if (violation.lost > 0) figures.count('lost', violation.lost);
      if (violation.duplicated > 0) figures.count('duplicated', violation.duplicated);
      if (violation.afterEnd) figures.count('after_end');
      if (violation.staleEpoch) figures.count('stale_epochs');
      if (droppedAtMs !== undefined) {
        figures.trends.resume.record(atMs - droppedAtMs);
        droppedAtMs = undefined;
      }
      if (steady) onDurations(event, atMs);
      onEvent(event);
    },
  };
}
