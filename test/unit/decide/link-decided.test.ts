import type { DurableEvent, EventBody, LinkCommand } from '@stagewire/shared';
import { DurableEvent as Schema } from '@stagewire/shared/events';
import { describe, expect, test } from 'vitest';
import { decideLink, storedLinkReceipt } from '../../../server/runs/decide/decide-link.ts';
import { storedReceipt } from '../../../server/runs/decide/decide-command.ts';
import { evolve, type RunProgress } from '../../../server/runs/decide/progress.ts';
import { shareIdOf } from '../../../server/runs/decide/share-id.ts';
import { createRunScript, runIdOf } from '../../support/run-script.ts';

const runId = runIdOf(1);
const nowMs = Date.UTC(2026, 0, 1);
const actor = { id: 'key:0123456789abcdef', kind: 'user', name: 'ada' } as const;
const idOf = (number: number) => `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;
const share = (number: number, more: { until?: string; may?: 'read' | 'control' } = {}): LinkCommand => ({
  kind: 'share',
  runId,
  commandId: idOf(number),
  may: 'read',
  ...more,
});
const unshare = (number: number, shareId: string): LinkCommand => ({
  kind: 'unshare',
  runId,
  commandId: idOf(number),
  shareId,
});
const linkOf = (number: number) => shareIdOf({ runId, commandId: idOf(number) });

function ended(): RunProgress {
  const script = createRunScript(runId);
  const events = [script.begin(), script.complete()].flatMap((append) => append.events);
  return progressOf(events);
}

function progressOf(events: readonly DurableEvent[]): RunProgress {
  const progress = events.reduce<RunProgress | undefined>(evolve, undefined);
  if (progress === undefined) throw new Error('no events');
  return progress;
}

function after(progress: RunProgress, ...commands: readonly LinkCommand[]): RunProgress {
  return commands.reduce((before, command) => {
    const body: EventBody = decideLink(before, command, { actor, nowMs });
    const at = new Date(nowMs).toISOString();
    return evolve(before, Schema.parse({ ...body, runId, seq: before.run.seq + 1, at }));
  }, progress);
}

const refused = (code: string) => expect.objectContaining({ code }) as Error;

describe('a command about a link', () => {
  test('is accepted after the end of the run, and changes its links only', () => {
    const before = ended();
    const shared = after(before, share(1, { may: 'control' }), share(2));
    expect(shared.run.shares.map(({ shareId, may }) => [shareId, may])).toEqual([
      [linkOf(1), 'control'],
      [linkOf(2), 'read'],
    ]);
    const unshared = after(shared, unshare(3, linkOf(1)), unshare(4, linkOf(2)));
    const { seq, cursor, updatedAt } = unshared.run;
    expect(unshared.run).toEqual({ ...before.run, seq, cursor, updatedAt });
    expect(() => after(unshared, unshare(5, linkOf(1)))).toThrow(refused('SHARE_NOT_FOUND'));
  });

  test('that was accepted has its receipt again, also when its link is removed or has expired', () => {
    const until = new Date(nowMs + 1).toISOString();
    const shared = after(ended(), share(1, { until }));
    const receipt = storedLinkReceipt(shared, share(1, { until }));
    expect(receipt).toEqual({ commandId: idOf(1), cursor: shared.run.cursor, target: null });
    const unshared = after(shared, unshare(2, linkOf(1)));
    expect(storedLinkReceipt(unshared, share(1, { until }))).toEqual(receipt);
    expect(storedLinkReceipt(unshared, unshare(2, linkOf(1)))?.cursor).toBe(unshared.run.cursor);
    expect(storedLinkReceipt(unshared, share(3))).toBeUndefined();
  });

  test('with the id of another command is a conflict, in both directions', () => {
    const shared = after(ended(), share(1));
    for (const other of [
      share(1, { may: 'control' }),
      share(1, { until: new Date(nowMs + 1).toISOString() }),
      unshare(1, linkOf(1)),
    ]) {
      expect(() => storedLinkReceipt(shared, other)).toThrow(refused('COMMAND_ID_CONFLICT'));
    }
    const cancel = { kind: 'cancel', runId, commandId: idOf(1), target: 'run' } as const;
    expect(() => storedReceipt(shared, cancel)).toThrow(refused('COMMAND_ID_CONFLICT'));
    const script = createRunScript(runId);
    const command = { ...cancel, commandId: idOf(7) };
    const accepted = { type: 'command.accepted', commandId: idOf(7), actor, command, target: null } as const;
    const live = progressOf([script.begin(), script.next(accepted)].flatMap(({ events }) => events));
    expect(() => storedLinkReceipt(live, share(7))).toThrow(refused('COMMAND_ID_CONFLICT'));
  });

  test('is bounded by the links that work, and by all; a removal never is', () => {
    const soon = new Date(nowMs + 1).toISOString();
    const full = after(ended(), ...Array.from({ length: 50 }, (_, at) => share(at, { until: soon })));
    expect(() => after(full, share(50))).toThrow(refused('TOO_MANY_SHARES'));
    // When they have expired there is room again.
    const later = { actor, nowMs: nowMs + 1 };
    expect(decideLink(full, share(50), later)).toMatchObject({ type: 'run.shared' });
    let many = ended();
    for (let at = 0; at < 1000; at += 1) many = after(many, share(at), unshare(10_000 + at, linkOf(at)));
    expect(() => after(many, share(1000))).toThrow(refused('TOO_MANY_SHARES'));
    expect(() => after(full, unshare(99, linkOf(0)))).not.toThrow();
  });

  test('with an expiry that is over is rejected', () => {
    const until = new Date(nowMs).toISOString();
    expect(() => after(ended(), share(1, { until }))).toThrow(refused('INVALID_INPUT'));
  });
});

test('the id of a link follows from its run and its command, and from nothing else', () => {
  expect(linkOf(1)).toMatch(/^[0-9a-f]{16}$/);
  expect(shareIdOf({ runId, commandId: idOf(1) })).toBe(linkOf(1));
  expect(new Set([linkOf(1), linkOf(2), shareIdOf({ runId: runIdOf(2), commandId: idOf(1) })]).size).toBe(3);
});
