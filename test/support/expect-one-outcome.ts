import { parseCursor } from '@stagewire/shared';
import { expect } from 'vitest';
import type { LogEntry } from '../../server/log/event-log.ts';
import type { CommandedRun } from './commanded-run.ts';
import { Refusal } from './follow-socket.ts';

/**
 * Checks that each command was accepted at most once, whichever node answered: with the same receipt everywhere and one
 * outcome if it was, and nowhere in the log if all nodes rejected it.
 */
export function expectOneOutcome({ runId, commands }: CommandedRun, entries: readonly LogEntry[]): void {
  for (const { commandId, answers } of commands) {
    const of = entries.filter(({ event }) => 'commandId' in event && event.commandId === commandId);
    const accepted = of.filter(({ event }) => event.type === 'command.accepted');
    const outcomes = of.filter(
      ({ event }) => event.type === 'command.applied' || event.type === 'command.dropped',
    );
    const receipts = answers.flatMap((answer) => (answer instanceof Refusal ? [] : [answer]));
    const where = `command ${commandId} of ${runId}`;
    expect(accepted.length, where).toBe(receipts.length === 0 ? 0 : 1);
    expect(outcomes.length, where).toBe(accepted.length);
    for (const receipt of receipts) {
      expect(receipt, where).toEqual(receipts[0]);
      expect(parseCursor(receipt.cursor)?.seq, where).toBe(accepted[0]?.event.seq);
    }
  }
}
