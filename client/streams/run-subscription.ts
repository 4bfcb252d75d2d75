import { fold, isTerminal, isTransient, mergeDeltas } from '@stagewire/shared';
import type { CommandApplied, CommandDropped, RunEvent, RunState } from '../generated/contract.ts';
import { subscribeToRun, isKnownEvent } from './run-events.ts';
import type { SubscriptionTransport } from './resume.ts';

export interface RunListener {
  onEvent?(event: RunEvent, cursor: string): void;
  /** Called once: after the terminal event, or with the error that ended the subscription. */
  onEnd(error?: Error): void;
}

/** The one subscription that all parts of a run's handle share. It exists while there are listeners. */
export interface RunSubscription {
  /** The state of the run as received; `undefined` before its first event. */
  readonly state: RunState | undefined;
  /** Whether a subscription is active, so that the state is up to date. */
  readonly isSubscribed: boolean;
  /** The outcome of a command, if it was received. */
  outcomeOf(commandId: string): CommandApplied | CommandDropped | undefined;
  /**
   * Adds a listener; with `replay` it first gets everything received so far, coalesced. Returns a function that removes
   * it.
   */
  join(listener: RunListener, options?: { replay?: boolean }): () => void;
}

export function createRunSubscription(source: SubscriptionTransport, runId: string): RunSubscription {
  const listeners = new Set<RunListener>();
  const outcomes = new Map<string, CommandApplied | CommandDropped>();
  /** All received events except transient ones; neighbouring deltas are merged. */
  const history: { event: RunEvent; cursor: string }[] = [];
  let state: RunState | undefined;
  let ended = false;
  let stop: (() => void) | undefined;

  const keep = (event: RunEvent, cursor: string) => {
    state = fold(state, event);
    if (event.type === 'command.applied' || event.type === 'command.dropped') {
      outcomes.set(event.commandId, event);
    }
    const last = history.at(-1);
    const merged = last === undefined ? undefined : mergeDeltas(last.event, event);
    if (merged !== undefined) history.pop();
    history.push({ event: merged ?? event, cursor });
    ended = isTerminal(event);
  };
  const onEvent = (event: RunEvent, cursor: string) => {
    if (!isTransient(event)) keep(event, cursor);
    if (!isKnownEvent(event)) return;
    // A copy: a listener that is added during the loop has received this event from the history.
    for (const listener of Array.from(listeners)) listener.onEvent?.(event, cursor);
  };
  const onEnd = (error?: Error) => {
    stop = undefined;
    const all = Array.from(listeners);
    listeners.clear();
    for (const listener of all) listener.onEnd(error);
  };
  const begin = () => {
    let over = false;
    const stopThis = subscribeToRun({
      source,
      input: { runId, lastEventId: history.at(-1)?.cursor },
      onEvent,
      onEnd(error) {
        over = true;
        onEnd(error);
      },
    });
    stop = over ? undefined : stopThis;
  };

  return {
    get state() {
      return state;
    },
    get isSubscribed() {
      return stop !== undefined;
    },
    outcomeOf: (commandId) => outcomes.get(commandId),
    join(listener, { replay = false } = {}) {
      if (replay) {
        for (const { event, cursor } of history) if (isKnownEvent(event)) listener.onEvent?.(event, cursor);
      }
      if (ended) {
        listener.onEnd();
        return () => {};
      }
      listeners.add(listener);
      if (stop === undefined) begin();
      return () => {
        if (!listeners.delete(listener) || listeners.size > 0) return;
        stop?.();
        stop = undefined;
      };
    },
  };
}
