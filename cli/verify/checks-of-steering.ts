import type { RunEvent } from '@stagewire/shared';
import type { BareSubscription } from './bare-wire.ts';
import type { Check } from './check.ts';
import { fits, holds, same } from './expectation.ts';
import { stalled } from './checks-of-commands.ts';
import { rejectedWith } from './rejections.ts';
import { eventsOf, hasText } from './rehearsed-runs.ts';
import { dataOf, type CheckTools } from './verify-kit.ts';

/** The time limit of an abort, unless the server was started with another one. */
const abortGraceMs = 250;

/** Section 11, from Steer to Cancel: the effects of commands. */
export const checksOfSteering: readonly Check[] = [
  {
    rule: '§11',
    also: ['C5', 'E3'],
    name: 'steer restart: interrupted, the next attempt with keptChars 0 and the command, applied; the text begins at 0',
    async run(kit) {
      const { runId, events, give } = await commanding(kit);
      const commandId = await give('runs.steer', { runId, expect: { stage: 1, attempt: 1 } });
      const text = await hasText(events, { stage: 1, attempt: 2 });
      const [interrupted, started, applied] = after(events, 'command.accepted');
      fits('the ending', interrupted, {
        type: 'stage.interrupted',
        attempt: 1,
        cause: 'steer',
        commandIds: [commandId],
      });
      fits('the start', started, {
        type: 'stage.started',
        stage: 1,
        attempt: 2,
        cause: 'steer',
        keptChars: 0,
        commandIds: [commandId],
      });
      fits('the outcome', applied, { type: 'command.applied', commandId, stage: 1, attempt: 2 });
      fits('the first text', text.event, { offset: 0 });
    },
  },
  {
    rule: '§11',
    name: 'steer continue: keptChars is the length of the previous attempt, and the text continues there',
    async run(kit) {
      const { runId, events, give } = await commanding(kit);
      await give('runs.steer', { runId, mode: 'continue', expect: 'any' });
      const text = await hasText(events, { stage: 1, attempt: 2 });
      const [interrupted, started] = after(events, 'command.accepted');
      holds(
        interrupted?.type === 'stage.interrupted' && interrupted.chars > 0,
        'stage.interrupted with some chars',
        interrupted,
      );
      fits('the start', started, { type: 'stage.started', attempt: 2, keptChars: interrupted.chars });
      fits('the first text', text.event, { offset: interrupted.chars });
    },
  },
  {
    rule: '§11',
    name: 'steer continue is rejected with ILLEGAL_TARGET in a stage with format json',
    async run(kit) {
      const { wire, runId } = await stalled(kit, { roles: ['reviewer'] });
      const frame = await kit.command(wire, 'runs.steer', { runId, mode: 'continue', expect: 'any' });
      rejectedWith(frame, 'ILLEGAL_TARGET');
    },
  },
  {
    rule: '§11',
    name: 'steer next: nothing is aborted, and it is applied at the next stage’s start',
    async run(kit) {
      const { runId, events, give } = await commanding(kit);
      const commandId = await give('runs.steer', { runId, mode: 'next', scope: 'stage', expect: 'any' });
      await give('runs.cancel', { runId, target: 'stage', expect: 'any' });
      await hasText(events, { stage: 2, attempt: 1 });
      const all = eventsOf(events.entries);
      same(
        'interruptions',
        all.filter(({ type }) => type === 'stage.interrupted'),
        [],
      );
      const applied = all.find((event) => event.type === 'command.applied' && event.commandId === commandId);
      fits('the outcome', applied, { stage: 2, attempt: 1 });
      const started = all.find((event) => event.type === 'stage.started' && event.stage === 2);
      fits('the start of the next stage', started, { commandIds: [commandId] });
    },
  },
  {
    rule: '§11',
    name: 'steer next in the last stage is dropped as run_completed with its text, before run.completed',
    async run(kit) {
      const { runId, events, give } = await commanding(kit, ['documenter']);
      const commandId = await give('runs.steer', { runId, mode: 'next', text: 'Too late', expect: 'any' });
      await give('runs.cancel', { runId, target: 'stage', expect: 'any' });
      const all = eventsOf(await events.ended());
      const dropped = all.find(({ type }) => type === 'command.dropped');
      fits('the dropped command', dropped, { commandId, reason: 'run_completed', text: 'Too late' });
      fits('the last event', all.at(-1), { type: 'run.completed' });
    },
  },
  {
    rule: 'C10',
    also: ['E2'],
    name: 'a steer of scope run is in the prompts of later stages, one of scope stage is not',
    async run(kit) {
      const { runId, events, give } = await commanding(kit);
      const ofRun = await give('runs.steer', { runId, scope: 'run', expect: 'any' });
      await hasText(events, { stage: 1, attempt: 2 });
      const ofStage = await give('runs.steer', { runId, scope: 'stage', expect: 'any' });
      await hasText(events, { stage: 1, attempt: 3 });
      await give('runs.cancel', { runId, target: 'stage', expect: 'any' });
      await hasText(events, { stage: 2, attempt: 1 });
      const starts = eventsOf(events.entries).flatMap((event) =>
        event.type === 'stage.started' ? [event.commandIds] : [],
      );
      same('the commands in the prompts', starts, [[], [ofRun], [ofRun, ofStage], [ofRun]]);
    },
  },
  {
    rule: 'C12',
    also: ['L3', 'C5'],
    name: 'redirect ends the stage and plans the role and the selected roles after it (L3, trace 2)',
    async run(kit) {
      const { runId, events, give } = await commanding(kit, ['architect', 'coder', 'reviewer', 'documenter']);
      await give('runs.redirect', { runId, to: 'coder', expect: 'any' });
      await hasText(events, { stage: 2, attempt: 1 });
      const commandId = await give('runs.redirect', { runId, to: 'architect', expect: { role: 'coder' } });
      await hasText(events, { stage: 3, attempt: 1 });
      const [interrupted, applied, planned, started] = after(events, 'command.accepted', 2);
      fits('the ending', interrupted, {
        type: 'stage.interrupted',
        stage: 2,
        cause: 'redirect',
        commandIds: [commandId],
      });
      fits('the outcome', applied, { type: 'command.applied', commandId, stage: 2, attempt: 1 });
      const roles = ['architect', 'coder', 'reviewer', 'documenter'];
      fits('the plan', planned, { type: 'run.planned', cause: 'redirect', roles });
      fits('the start', started, {
        type: 'stage.started',
        stage: 3,
        role: 'architect',
        attempt: 1,
        cause: 'redirect',
      });
    },
  },
  {
    rule: 'C12',
    name: 'redirect may go to a role that was not selected; an unknown one is rejected with ILLEGAL_TARGET',
    async run(kit) {
      const { wire, runId, events, give } = await commanding(kit, ['architect']);
      rejectedWith(
        await kit.command(wire, 'runs.redirect', { runId, to: 'wizard', expect: 'any' }),
        'ILLEGAL_TARGET',
      );
      await give('runs.redirect', { runId, to: 'tester', expect: 'any' });
      fits('the next stage', (await hasText(events, { stage: 2, attempt: 1 })).event, { role: 'tester' });
    },
  },
  {
    rule: 'C14',
    also: ['L1', 'C5'],
    name: 'cancel stage ends the stage, keeps its text, records the plan, and continues',
    async run(kit) {
      const { runId, events, give } = await commanding(kit);
      const commandId = await give('runs.cancel', { runId, target: 'stage', expect: { stage: 1 } });
      await hasText(events, { stage: 2, attempt: 1 });
      const [cancelled, applied, planned, started] = after(events, 'command.accepted');
      fits('the ending', cancelled, { type: 'stage.cancelled', stage: 1, commandId });
      holds(cancelled?.type === 'stage.cancelled' && cancelled.chars > 0, 'its chars', cancelled);
      fits('the outcome', applied, { type: 'command.applied', commandId, stage: 1, attempt: 1 });
      fits('the plan', planned, { type: 'run.planned', cause: 'cancel', roles: ['coder'] });
      fits('the start', started, { type: 'stage.started', stage: 2, role: 'coder', cause: 'plan' });
    },
  },
  {
    rule: 'C14',
    name: 'a cancelled reviewer records the verdict unknown',
    async run(kit) {
      const { runId, events, give } = await commanding(kit, ['reviewer']);
      await give('runs.cancel', { runId, target: 'stage', expect: 'any' });
      const [recorded, cancelled] = after(events, 'command.accepted', 1, await events.ended());
      fits('the review', recorded, { type: 'review.recorded', verdict: 'unknown' });
      fits('the ending after it', cancelled, { type: 'stage.cancelled' });
      fits('the end', events.entries.at(-1)?.event, { type: 'run.completed', verdict: 'unknown' });
    },
  },
  {
    rule: 'C15',
    name: 'cancel run ends the run, and nothing follows run.cancelled',
    async run(kit) {
      const { wire, runId, events, give } = await commanding(kit);
      const commandId = await give('runs.cancel', { runId, target: 'run', reason: 'seen enough' });
      const entries = await events.ended();
      const [cancelled, applied, last] = after(events, 'command.accepted', 1, entries);
      fits('the ending', cancelled, { type: 'stage.cancelled', commandId });
      fits('the outcome', applied, { type: 'command.applied', commandId });
      fits('the last event', last, { type: 'run.cancelled', commandId, reason: 'seen enough' });
      await new Promise<void>((resolve) => kit.context.clock.after(2 * abortGraceMs, resolve));
      const again = await wire.subscribe('runs.events', { runId }).ended();
      same('the last seq later on', again.at(-1)?.event.seq, entries.at(-1)?.event.seq);
      same('what came on the old subscription', events.entries.length, entries.length);
    },
  },
  {
    rule: '§11',
    name: 'cancel run supersedes a pending steer, which is dropped as run_cancelled with its text',
    async run(kit) {
      const { runId, events, give } = await commanding(kit);
      const steer = await give('runs.steer', { runId, mode: 'next', text: 'Never mind', expect: 'any' });
      await give('runs.cancel', { runId, target: 'run' });
      const [dropped, last] = eventsOf(await events.ended()).slice(-2);
      fits('the last event but one', dropped, {
        type: 'command.dropped',
        commandId: steer,
        reason: 'run_cancelled',
        text: 'Never mind',
      });
      fits('the last event', last, { type: 'run.cancelled' });
    },
  },
];

async function commanding(kit: CheckTools, roles: readonly string[] = ['architect', 'coder']) {
  const run = await stalled(kit, { roles });
  const give = async (path: 'runs.steer' | 'runs.redirect' | 'runs.cancel', input: object) => {
    const commandId = kit.newCommandId();
    dataOf(await kit.command(run.wire, path, { commandId, ...input }));
    return commandId;
  };
  return { ...run, give };
}

/** The events after the nth one of a type, without transient events and further text. */
function after(
  events: BareSubscription,
  type: RunEvent['type'],
  nth = 1,
  entries = events.entries,
): readonly RunEvent[] {
  const all = eventsOf(entries).filter((event) => {
    return !['run.waiting', 'stage.waiting', 'stage.delta', 'stage.reasoning', 'review.noted'].includes(
      event.type,
    );
  });
  const places = all.flatMap((event, index) => (event.type === type ? [index] : []));
  return all.slice((places[nth - 1] ?? all.length) + 1);
}
