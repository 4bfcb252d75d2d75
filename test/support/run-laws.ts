import assert from 'node:assert/strict';
import {
  fold,
  isDelta,
  isEnding,
  isTerminal,
  mergeDeltas,
  type DurableEvent,
  type EventOf,
  type RunState,
} from '@stagewire/shared';
import type { LogEntry } from '../../server/log/event-log.ts';
import { appendOrder } from '../../cli/verify/append-order.ts';
import * as fileLaws from '../../cli/verify/file-laws.ts';
import * as reviewLaws from '../../cli/verify/review-laws.ts';
import {
  continuesAfterLength,
  keptCharsByCause,
  oneRepairPerStage,
  usageAddsUp,
  type RunLaw,
} from '../../cli/verify/run-laws.ts';
import { checkFiles } from './file-laws.ts';

/**
 * What PROTOCOL.md promises of every run, whatever happened to it: checked over its whole log.
 *
 * @throws AssertionError that names the law and the seq at which it is broken.
 */
export function checkRunLaws(entries: readonly LogEntry[]): void {
  const events = entries.map(({ event }) => event);
  checkPositions(entries);
  checkAttempts(events);
  checkCommands(events);
  checkFiles(events);
  checkLawsOfTheKit(events);
  checkFold(events);
}

/** Those that the verify kit holds other servers against. */
const lawsOfTheKit: Readonly<Record<string, RunLaw>> = {
  ...fileLaws,
  ...reviewLaws,
  continuesAfterLength,
  keptCharsByCause,
  oneRepairPerStage,
  usageAddsUp,
};

function checkLawsOfTheKit(events: readonly DurableEvent[]): void {
  for (const [name, law] of Object.entries({ ...lawsOfTheKit, appendOrder })) {
    const problems = law(events);
    assert.ok(problems.length === 0, `${name}: ${problems.join('; ')}`);
  }
}

const abortGraceMs = 250;

function checkPositions(entries: readonly LogEntry[]): void {
  let epoch = 1;
  entries.forEach(({ event, epoch: written }, index) => {
    assert.equal(event.seq, index + 1, 'seqs are 1, 2, 3 … without gaps');
    if (event.type === 'run.recovered') epoch += 1;
    assert.equal(written, epoch, `seq ${event.seq} is of the epoch that the recoveries before it make`);
    assert.equal(event.type === 'run.queued', index === 0, 'run.queued comes first, and only then');
    if (isTerminal(event)) assert.equal(index, entries.length - 1, 'nothing comes after the terminal event');
  });
}

function checkAttempts(events: readonly DurableEvent[]): void {
  let state: RunState | undefined;
  let open: EventOf<'stage.started'> | undefined;
  let text = 0;
  let reasoning = 0;
  for (const event of events) {
    const where = `seq ${event.seq} (${event.type})`;
    if (event.type === 'stage.started') {
      assert.equal(open, undefined, `${where}: an attempt begins only when none is open`);
      checkStart(event, state, where);
      open = event;
      text = event.keptChars;
      reasoning = 0;
    } else if (isDelta(event)) {
      assert.ok(open !== undefined && sameAttempt(event, open), `${where}: deltas are of the open attempt`);
      const at = event.type === 'stage.delta' ? text : reasoning;
      assert.equal(event.offset, at, `${where}: the offset is what was said before`);
      if (event.type === 'stage.delta') text += event.text.length;
      else reasoning += event.text.length;
    } else if (isEnding(event)) {
      assert.ok(open !== undefined && sameAttempt(event, open), `${where}: it ends the open attempt`);
      assert.equal(event.chars, text, `${where}: chars is the length of the text`);
      const message = event.type === 'stage.failed' ? event.failure.message : '';
      assert.notEqual(message, 'the model call was aborted without a command', where);
      open = undefined;
    } else if (event.type === 'review.noted') {
      assert.ok(open !== undefined && sameAttempt(event, open), `${where}: notes are of the open attempt`);
    } else if (isTerminal(event)) {
      assert.equal(open, undefined, `${where}: no attempt is open at the end`);
    }
    state = fold(state, event);
  }
}

function checkStart(event: EventOf<'stage.started'>, state: RunState | undefined, where: string): void {
  const last = state?.stages.at(-1);
  const before = last?.attempts.at(-1);
  if (event.attempt === 1) {
    assert.equal(event.stage, (last?.stage ?? 0) + 1, `${where}: stages are 1, 2, 3 …`);
    assert.equal(event.role, state?.plan[0], `${where}: the stage is the coming one of the plan`);
    assert.equal(event.keptChars, 0, `${where}: a new stage keeps nothing`);
    return;
  }
  assert.equal(event.stage, last?.stage, `${where}: a further attempt is of the same stage`);
  assert.equal(event.role, last?.role, `${where}: and of the same role`);
  assert.equal(event.attempt, (before?.attempt ?? 0) + 1, `${where}: attempts are 1, 2, 3 …`);
  const length = before?.text.length ?? 0;
  const { cause } = event;
  const allowed =
    cause === 'retry'
      ? [before?.keptChars]
      : cause === 'repair'
        ? [0]
        : cause === 'continue'
          ? [length]
          : [0, length];
  assert.ok(
    allowed.includes(event.keptChars),
    `${where}: keptChars ${event.keptChars} of ${allowed.join('|')}`,
  );
}

function checkCommands(events: readonly DurableEvent[]): void {
  const settled = new Map<string, boolean>();
  const cancelsOfRun = new Set<string>();
  let lastStarted: EventOf<'stage.started'> | undefined;
  for (const event of events) {
    const where = `seq ${event.seq} (${event.type})`;
    if (event.type === 'stage.started') lastStarted = event;
    if (event.type === 'command.accepted') {
      assert.ok(!settled.has(event.commandId), `${where}: a command is accepted once`);
      settled.set(event.commandId, false);
      if (event.command.kind === 'cancel' && event.command.target === 'run')
        cancelsOfRun.add(event.commandId);
    } else if (event.type === 'command.applied' || event.type === 'command.dropped') {
      assert.equal(settled.get(event.commandId), false, `${where}: one outcome, after the acceptance`);
      settled.set(event.commandId, true);
      checkOutcome(events, event, lastStarted);
    } else if (isTerminal(event)) {
      const open = [...settled].filter(([, has]) => !has).map(([id]) => id);
      assert.deepEqual(open, [], `${where}: every accepted command has its outcome`);
      if (cancelsOfRun.size > 0) assert.equal(event.type, 'run.cancelled', `${where}: cancel run beats all`);
    }
  }
}

function checkOutcome(
  events: readonly DurableEvent[],
  event: EventOf<'command.applied' | 'command.dropped'>,
  lastStarted: EventOf<'stage.started'> | undefined,
): void {
  const accepted = events.find(
    (other) => other.type === 'command.accepted' && other.commandId === event.commandId,
  );
  assert.ok(accepted?.type === 'command.accepted');
  const { command } = accepted;
  const disturbed = events.some(
    (other) => other.type === 'run.recovered' && other.seq > accepted.seq && other.seq <= event.seq,
  );
  const acts = command.kind !== 'steer' || command.mode !== 'next';
  if (acts && accepted.target !== null && !disturbed) {
    const tookMs = Date.parse(event.at) - Date.parse(accepted.at);
    assert.ok(tookMs <= abortGraceMs, `seq ${event.seq}: the outcome comes at once, not after ${tookMs} ms`);
  }
  if (event.type === 'command.dropped') {
    assert.equal(event.text, command.kind === 'cancel' ? undefined : command.text, 'the text is handed back');
    return;
  }
  if (command.kind !== 'steer') return;
  assert.equal(event.stage, lastStarted?.stage, `seq ${event.seq}: a steer is applied to the attempt begun`);
  assert.equal(event.attempt, lastStarted?.attempt);
  assert.ok(lastStarted?.commandIds.includes(event.commandId), `seq ${event.seq}: and is in its prompt`);
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

function sameAttempt(
  event: { readonly stage: number; readonly role: string; readonly attempt: number },
  other: { readonly stage: number; readonly role: string; readonly attempt: number },
): boolean {
  return event.stage === other.stage && event.role === other.role && event.attempt === other.attempt;
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
      status === 'running' || status === 'waiting',
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
  if (!events.some(isEnding)) return;
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
