import assert from 'node:assert/strict';
import {
  fold,
  isEnding,
  isLinkEvent,
  isTerminal,
  mergeDeltas,
  type DurableEvent,
  type EventOf,
  type RunState,
} from '@stagewire/shared';
import { allInvariants } from '@stagewire/shared/invariants/all-invariants';
import type { LogEntry } from '../../server/log/event-log.ts';

/**
 * What PROTOCOL.md promises of every run, whatever happened to it: checked over its whole log.
 *
 * @param options.outcomeWithinMs How long the outcome of a command that acts at once may take. Default: the abort grace,
 *   250; longer where the log may fail or its node be lost meanwhile.
 * @throws AssertionError that names the invariant and the seq at which it is violated.
 */
export function checkRun(entries: readonly LogEntry[], { outcomeWithinMs = abortGraceMs } = {}): void {
  const events = entries.map(({ event }) => event);
  checkPositions(entries);
  for (const [name, invariant] of Object.entries(allInvariants)) {
    const problems = invariant(events);
    assert.ok(problems.length === 0, `${name}: ${problems.join('; ')}`);
  }
  checkAborts(events, outcomeWithinMs);
  checkFold(events);
  checkCosts(events);
}

/** How long an abort may take to come out, in milliseconds. */
const abortGraceMs = 250;

function checkPositions(entries: readonly LogEntry[]): void {
  let epoch = 1;
  entries.forEach(({ event, epoch: written }, index) => {
    assert.equal(event.seq, index + 1, 'seqs are 1, 2, 3 … without gaps');
    if (event.type === 'run.recovered') epoch += 1;
    assert.equal(written, epoch, `seq ${event.seq} is of the epoch that the recoveries before it make`);
    assert.equal(event.type === 'run.queued', index === 0, 'run.queued comes first, and only then');
    if (isTerminal(event)) {
      const after = entries.slice(index + 1).filter((entry) => !isLinkEvent(entry.event));
      assert.deepEqual(after, [], 'nothing but links comes after the terminal event');
    }
  });
}

/** A command that acts at once has its outcome within the grace, and no call is aborted without a command. */
function checkAborts(events: readonly DurableEvent[], outcomeWithinMs: number): void {
  const accepted = new Map<string, EventOf<'command.accepted'>>();
  let recoveredSeq = 0;
  for (const event of events) {
    const where = `seq ${event.seq} (${event.type})`;
    if (event.type === 'run.recovered') recoveredSeq = event.seq;
    if (event.type === 'command.accepted') accepted.set(event.commandId, event);
    const message = event.type === 'stage.failed' ? event.failure.message : '';
    assert.notEqual(message, 'the model call was aborted without a command', where);
    if (event.type !== 'command.applied' && event.type !== 'command.dropped') continue;
    const before = accepted.get(event.commandId);
    assert.ok(before !== undefined, `${where}: its command was accepted`);
    const { command, target, seq, at } = before;
    const acts = command.kind !== 'steer' || command.mode !== 'next';
    if (!acts || target === null || recoveredSeq > seq) continue;
    const tookMs = Date.parse(event.at) - Date.parse(at);
    assert.ok(tookMs <= outcomeWithinMs, `${where}: the outcome comes at once, not after ${tookMs} ms`);
  }
}

function checkFold(events: readonly DurableEvent[]): void {
  const merged: DurableEvent[] = [];
  for (const event of events) {
    const previous = merged.at(-1);
    const together = previous === undefined ? undefined : mergeDeltas(previous, event);
    if (together === undefined) merged.push(event);
    else merged[merged.length - 1] = together;
  }
  const foldAll = (all: readonly DurableEvent[]) =>
    all.reduce<RunState | undefined>((state, event) => fold(state, event), undefined);
  assert.deepEqual(foldAll(merged), foldAll(events), 'the fold of merged events is the fold of the unmerged');
}

/** The state costs what the terminal event says, and both the sum of the attempts: added here by other arithmetic. */
function checkCosts(events: readonly DurableEvent[]): void {
  const state = events.reduce<RunState | undefined>((before, event) => fold(before, event), undefined);
  const terminal = events.findLast(isTerminal);
  if (terminal === undefined) return;
  assert.deepEqual(state?.cost, terminal.cost, 'the terminal event has the cost of the run');
  const endings = events.filter(isEnding).filter(({ inheritedFrom }) => inheritedFrom === undefined);
  const currency = endings.find(({ cost }) => cost !== undefined)?.cost?.currency;
  const costs = endings.flatMap(({ cost }) =>
    cost?.currency === currency && cost !== undefined ? [cost] : [],
  );
  // No run of the simulation costs so much that a number would lose digits.
  const units = (amount: string) => Math.round(Number(amount) * 1e12);
  const sum = costs.reduce((total, { amount }) => total + units(amount), 0);
  const found = terminal.cost;
  assert.equal(found === undefined, currency === undefined, 'a run has a cost if one of its attempts has');
  if (found === undefined) return;
  assert.equal(units(found.amount), sum, 'the cost is the sum of the attempts');
  assert.equal(found.unpricedAttempts, endings.length - costs.length, 'the others are counted');
}

const rank: Partial<Record<DurableEvent['type'], number>> = {
  'artifact.recorded': 0,
  'artifact.removed': 0,
  'artifact.skipped': 0,
  'review.recorded': 1,
  'stage.completed': 2,
  'stage.interrupted': 2,
  'stage.cancelled': 2,
  'stage.failed': 2,
  'command.dropped': 4,
  'run.planned': 5,
  'stage.started': 6,
  'run.completed': 8,
  'run.failed': 8,
  'run.cancelled': 8,
};

/**
 * What an append that ends an attempt must be: all of it, in the one order.
 *
 * @throws AssertionError
 */
export function checkAppend(events: readonly DurableEvent[], after: RunState): void {
  if (after.status === 'running') {
    const status = after.stages.at(-1)?.status ?? 'none';
    assert.ok(
      status === 'running' || status === 'backoff',
      `after seq ${after.seq} the run is in an attempt or in a backoff, not ${status}`,
    );
  }
  if (events[0]?.type === 'run.recovered' && after.status === 'running') {
    const left = after.commands.filter(
      ({ status, command }) =>
        status === 'accepted' && !(command.kind === 'steer' && command.mode === 'next'),
    );
    assert.deepEqual(left, [], `seq ${after.seq}: a recovery settles the commands that were pending`);
  }
  // What is inherited comes with run.queued, and ends nothing here.
  if (events[0]?.type === 'run.queued' || !events.some(isEnding)) return;
  let last = -1;
  let started = false;
  for (const event of events) {
    if (event.type === 'run.recovered') continue;
    if (event.type === 'stage.started') started = true;
    const place = event.type === 'command.applied' ? (started ? 7 : 3) : rank[event.type];
    assert.ok(place !== undefined, `seq ${event.seq}: ${event.type} does not belong to an ending's append`);
    assert.ok(place >= last, `seq ${event.seq}: ${event.type} stands in its place of the append`);
    last = place;
  }
}
