import { expect } from 'vitest';
import type { Command, ErrorCode, EventBody, RunState } from '@stagewire/shared';
import { DurableEvent } from '@stagewire/shared/events';
import { decideCommand } from '../../server/runs/decide/decide-command.ts';
import { decide } from '../../server/runs/decide/decide.ts';
import { evolve, type RunProgress } from '../../server/runs/decide/progress.ts';
import type { RunInput } from '../../server/runs/decide/run-input.ts';
import { brief } from './brief-event.ts';

/** An event that is given as it is, or what the decider makes events of. */
export type Step = EventBody | RunInput | Command;

export interface Given {
  readonly run: RunState;
  when(step: Step): Then;
}

export interface Then {
  /** The events in brief, in order: no more and no less. */
  thenEvents(...lines: readonly string[]): void;
  thenRefused(code: ErrorCode): void;
  /** For what `brief` leaves out. */
  readonly bodies: readonly EventBody[];
}

const runId = 'run_abcdefgh';
const startMs = Date.UTC(2026, 0, 1);
/** All of what is given happens at once; the input comes a second later. */
const nowMs = startMs + 1000;

/** A specification of the decider: given what has happened, when this comes in, then these events follow. */
export function given(...history: readonly Step[]): Given {
  const progress = history.reduce<RunProgress | undefined>(
    (before, step) => eventsOf(before, step).reduce(apply, before),
    undefined,
  );
  return {
    get run() {
      if (progress === undefined) throw new Error('give run.queued first');
      return progress.run;
    },
    when(step) {
      const decided = () => eventsOf(progress, step);
      return {
        thenEvents: (...lines) => {
          const bodies = decided();
          expect(bodies.map(brief)).toEqual(lines);
          // What is decided can be folded, and is of the contract.
          bodies.reduce(apply, progress);
        },
        thenRefused: (code) => expect(decided).toThrow(expect.objectContaining({ code })),
        get bodies() {
          return decided();
        },
      };
    },
  };
}

function eventsOf(progress: RunProgress | undefined, step: Step): readonly EventBody[] {
  if (!('kind' in step) && step.type.includes('.')) return [step as EventBody];
  if (progress === undefined) throw new Error('give run.queued first');
  if ('kind' in step) {
    const actor = { id: 'local', kind: 'anonymous' } as const;
    return [decideCommand(progress.run, step, { actor, maxPendingCommands: 3 })];
  }
  return decide(progress, step as RunInput, nowMs);
}

function apply(progress: RunProgress | undefined, body: EventBody): RunProgress {
  const seq = (progress?.run.seq ?? 0) + 1;
  const at = new Date(startMs).toISOString();
  return evolve(progress, DurableEvent.parse({ ...body, runId, seq, at }));
}
