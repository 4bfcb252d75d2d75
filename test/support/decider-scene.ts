import type { Command } from '@stagewire/shared';
import type { Step } from './decider-spec.ts';
import { begin, failed, file, queued, redirect, steer, text } from './decider-steps.ts';

/** A run of a coder and a reviewer whose coder writes, or waits to try again; and the commands that its tables are about. */
export const start = queued(['coder', 'reviewer']);
export const coding: Step[] = [start, begin, text('1.1', 'coder', file)];
export const backoff: Step[] = [...coding, failed()];

export const restart = steer('c1');
export const proceed = steer('c1', { mode: 'continue' });
export const next = steer('c1', { mode: 'next' });
export const toTester = redirect('c1', 'tester', { text: 'only the limits' });

/** A row of a table: these commands, then these events in brief. */
export interface CommandsRow {
  readonly what: string;
  readonly commands: readonly Command[];
  readonly events: readonly string[];
}
