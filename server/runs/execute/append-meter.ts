import type { DurableEvent, RunState } from '@stagewire/shared';
import { LogConflict, LogUnavailable } from '../../log/event-log.ts';
import type { RunInstruments } from '../../runtime/instruments.ts';

/** Measures the appends of executors. */
export interface AppendMeter {
  /** @param run With these events. */
  committed(events: readonly DurableEvent[], run: RunState): void;
  failed(error: unknown): void;
  duration(ms: number): void;
}

/** An option of all that append to runs. */
export interface MeteredAppends {
  /** @default nothing is measured */
  readonly appendMeter?: AppendMeter | undefined;
}

export function createAppendMeter(runs: RunInstruments): AppendMeter {
  /** Executors look commands up from the end: those that are applied or dropped now are among the last. */
  function countOutcome(outcome: 'applied' | 'dropped', commandId: string, run: RunState): void {
    const kind = run.commands.findLast((command) => command.commandId === commandId)?.kind;
    if (kind !== undefined) runs.commands.add([kind, outcome]);
  }

  function count(event: DurableEvent, run: RunState): void {
    switch (event.type) {
      case 'run.queued':
        runs.started += 1;
        return;
      case 'run.completed':
      case 'run.failed':
      case 'run.cancelled':
        return runs.ended.add([event.type.slice('run.'.length)]);
      case 'run.recovered':
        return runs.recoveries.add([event.reason]);
      case 'command.accepted':
        return runs.commands.add([event.command.kind, 'accepted']);
      case 'command.applied':
        return countOutcome('applied', event.commandId, run);
      case 'command.dropped':
        return countOutcome('dropped', event.commandId, run);
      case 'run.shared':
        return runs.commands.add(['share', 'accepted']);
      case 'run.unshared':
        return runs.commands.add(['unshare', 'accepted']);
      default:
    }
  }

  return {
    committed(events, run) {
      runs.appends.committed += 1;
      for (const event of events) {
        if (event.type === 'stage.delta' || event.type === 'stage.reasoning') {
          runs.events.deltas += 1;
          continue;
        }
        runs.events.others += 1;
        count(event, run);
      }
    },
    failed(error) {
      runs.appends[outcomeOf(error)] += 1;
    },
    duration: (ms) => runs.appendDuration.observe(ms / 1000),
  };
}

function outcomeOf(error: unknown): Exclude<keyof RunInstruments['appends'], 'committed'> {
  if (error instanceof LogConflict) return 'conflict';
  if (error instanceof LogUnavailable) return error.outcome === 'unknown' ? 'unknown' : 'unavailable';
  return 'invalid';
}
