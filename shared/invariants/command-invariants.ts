import { isTerminal } from '../event-kinds.ts';
import type { EventOf } from '../events.ts';
import type { RunInvariant } from './run-invariant.ts';

/** Every accepted command has exactly one outcome, after its acceptance. */
export const oneOutcomePerCommand: RunInvariant = (events) => {
  const accepted = events.filter((event) => event.type === 'command.accepted');
  return accepted.flatMap((command) => {
    const outcomes = events.filter(
      (event) =>
        (event.type === 'command.applied' || event.type === 'command.dropped') &&
        event.commandId === command.commandId,
    );
    const [outcome] = outcomes;
    if (outcomes.length !== 1 || outcome === undefined) {
      return [`the ${command.command.kind} accepted at seq ${command.seq} has ${outcomes.length} outcomes`];
    }
    return outcome.seq > command.seq ? [] : [`the outcome at seq ${outcome.seq} comes before its acceptance`];
  });
};

/** A commandId is accepted once. */
export const acceptedOnce: RunInvariant = (events) => {
  const seen = new Set<string>();
  return events.flatMap((event) => {
    if (event.type !== 'command.accepted') return [];
    if (seen.has(event.commandId)) return [`the command accepted at seq ${event.seq} was accepted before`];
    seen.add(event.commandId);
    return [];
  });
};

/** A run with an accepted cancel of the run ends cancelled, whatever else is in progress. */
export const cancelOfRunWins: RunInvariant = (events) => {
  const isAsked = [...acceptedCommands(events).values()].some(
    (command) => command.kind === 'cancel' && command.target === 'run',
  );
  const last = events.find(isTerminal);
  return !isAsked || last === undefined || last.type === 'run.cancelled'
    ? []
    : [`the run was to be cancelled, and ended with ${last.type}`];
};

/** `command.dropped` returns the text of its command. */
export const droppedTextIsHandedBack: RunInvariant = (events) => {
  const commands = acceptedCommands(events);
  return events.flatMap((event) => {
    const command = event.type === 'command.dropped' ? commands.get(event.commandId) : undefined;
    if (event.type !== 'command.dropped' || command === undefined) return [];
    const text = command.kind === 'cancel' ? undefined : command.text;
    return event.text === text ? [] : [`the text at seq ${event.seq} is not that of its command`];
  });
};

/** A steer is applied to the attempt that started last, and is in its `commandIds`. */
export const steersAreInTheirPrompt: RunInvariant = (events) => {
  const commands = acceptedCommands(events);
  let started: EventOf<'stage.started'> | undefined;
  return events.flatMap((event) => {
    if (event.type === 'stage.started') started = event;
    if (event.type !== 'command.applied' || commands.get(event.commandId)?.kind !== 'steer') return [];
    const isThere =
      started !== undefined &&
      event.stage === started.stage &&
      event.attempt === started.attempt &&
      started.commandIds.includes(event.commandId);
    return isThere ? [] : [`the steer applied at seq ${event.seq} is not in the prompt of the attempt begun`];
  });
};

function acceptedCommands(events: Parameters<RunInvariant>[0]) {
  return new Map(
    events.flatMap((event) =>
      event.type === 'command.accepted' ? [[event.commandId, event.command] as const] : [],
    ),
  );
}
