import { fold, isDelta, isEnding, isTransient, type RunEvent, type RunState } from '@stagewire/shared';
import { allInvariants } from '@stagewire/shared/invariants/all-invariants';
import type { Check } from './check.ts';
import { stalled } from './checks-of-commands.ts';
import { fits, holds, memberOf, same } from './expectation.ts';
import { namedFields, rejectedWith } from './rejections.ts';
import { eventsOf, followUpRun, wholeRun } from './rehearsed-runs.ts';
import { dataOf, startInput, type CheckTools, type RunInput } from './verify-kit.ts';

/** P25 to P27: runs that start from others. */
export const checksOfStartsFromRuns: readonly Check[] = [
  {
    rule: 'P25',
    also: ['E19', 'F13'],
    name: 'a rerun of a failed run has the stages before the failed one as copies, and executes the failed one again',
    async run(kit) {
      const source = await failedRun(kit);
      const runId = idOf(source);
      const events = await eventsOfRun(kit, { from: { runId }, shape: quick });
      const copies = events.filter(isCopy);
      same(
        'the copies',
        copies.filter((event) => !isDelta(event)).map(({ type }) => type),
        ['run.planned', 'stage.started', 'stage.completed'],
      );
      for (const { type, inheritedFrom } of copies) {
        const original = source.find((event) => event.seq === inheritedFrom?.seq);
        same(`inheritedFrom of ${type}`, inheritedFrom, { runId, seq: inheritedFrom?.seq, at: original?.at });
        if (!isDelta({ type })) same('the type of the original', original?.type, type);
      }
      const own = events.filter((event) => event.type === 'stage.started' && !isCopy(event));
      same('the stages that are executed', own.map(stageOf), ['2.1 documenter']);
      const [ending] = events.filter((event) => isEnding(event) && !isCopy(event));
      fits('the end', events.at(-1), { type: 'run.completed', usage: memberOf(ending, 'usage') });
      fits('its lineage', stateOf(events).from, { runId, stage: 2, tasks: [] });
    },
  },
  {
    rule: 'P25',
    also: ['L9', 'V10', 'M1'],
    name: 'a follow-up inherits all stages and files, has a new plan, and both tasks in its prompt',
    async run(kit) {
      const source = await wholeRun(kit);
      const runId = idOf(eventsOf(source));
      const events = eventsOf(await followUpRun(kit));
      const state = stateOf(events);
      const before = stateOf(eventsOf(source));
      same('its lineage', state.from, { runId, tasks: [before.task] });
      same(
        'the files before its first stage',
        stateOf(events.filter((event) => isCopy(event) || event.type === 'run.queued')).files,
        before.files,
      );
      const planned = events.find((event) => event.type === 'run.planned' && !isCopy(event));
      fits('the plan', planned, { cause: 'start', roles: ['architect', 'documenter'] });
      const stage = before.stages.length + 1;
      const prompt = dataOf(
        await (await kit.wire()).ask('query', 'runs.prompt', { runId: state.runId, stage, attempt: 1 }),
      );
      const text = JSON.stringify(prompt);
      for (const part of [state.task, before.task, ...before.files.map(({ path }) => path)]) {
        holds(text.includes(JSON.stringify(part).slice(1, -1)), `a prompt with ${part}`, text);
      }
    },
  },
  {
    rule: 'P25',
    also: ['E3', 'E5', 'A26'],
    name: 'a fork keeps the text of the attempt and continues it; the attempt does not count towards its limit',
    async run(kit) {
      const source = eventsOf(await wholeRun(kit));
      const runId = idOf(source);
      const limits = { maxAttemptsPerStage: 2 };
      const shape = 'ttft=0,tps=0,reasoning=0,seed=7,fault=drop@40x2';
      const events = await eventsOfRun(kit, { from: { runId, stage: 1, attempt: 1 }, shape, limits });
      const kept = stateOf(source).stages[0]?.attempts[0]?.text ?? '';
      const started = events.find((event) => event.type === 'stage.started' && !isCopy(event));
      fits('the attempt', started, { stage: 1, attempt: 2, cause: 'fork', keptChars: kept.length });
      const text = stateOf(events).stages[0]?.attempts[1]?.text ?? '';
      holds(text.startsWith(kept), 'a text that begins with that of the attempt', text);
      fits('the attempt after its failure', stateOf(events).stages[0]?.attempts[2], {
        cause: 'retry',
        keptChars: kept.length,
        status: 'completed',
      });
    },
  },
  {
    rule: 'P25',
    name: 'a source that cannot be started from is rejected with the reason',
    async run(kit) {
      const { wire, runId } = await stalled(kit, {});
      const ask = (from: object, more: object = {}) =>
        wire.ask('mutation', 'runs.start', { runId: kit.newRunId(), from, ...more });
      const live = rejectedWith(await ask({ runId }), 'RUN_NOT_ENDED');
      same('its details', live.data.stagewire.details, { runId, status: 'running' });
      rejectedWith(await ask({ runId: kit.newRunId() }), 'RUN_NOT_FOUND');
      const ended = { runId: idOf(eventsOf(await wholeRun(kit))) };
      rejectedWith(await ask({ ...ended, stage: 99 }), 'ATTEMPT_NOT_FOUND');
      rejectedWith(await ask({ ...ended, stage: 1, attempt: 99 }), 'ATTEMPT_NOT_FOUND');
      for (const [from, field] of [
        [{ ...ended, attempt: 1 }, 'from.attempt'],
        [{ ...ended, stage: 3, attempt: 1 }, 'from.attempt'],
        [ended, 'task'],
      ] as const) {
        same('the field named', namedFields(rejectedWith(await ask(from), 'INVALID_INPUT')), [field]);
      }
      const nothing = await wire.ask('mutation', 'runs.start', {});
      same('the field named', namedFields(rejectedWith(nothing, 'INVALID_INPUT')), ['task']);
    },
  },
  {
    rule: 'P26',
    also: ['L3'],
    name: 'what the input omits is that of the source; other roles change the plan after the stage',
    async run(kit) {
      const source = eventsOf(await wholeRun(kit));
      const before = stateOf(source);
      const from = { runId: before.runId, stage: 2 };
      const files = [{ path: 'notes/wishes.md', text: 'Keep it tiny.' }];
      const events = await eventsOfRun(kit, { from, roles: ['coder', 'tester'], files });
      const { task, labels, instructions, models, settings, limits } = before;
      fits('the run', stateOf(events), { task, labels, instructions, models, settings, limits });
      const planned = events.find((event) => event.type === 'run.planned' && !isCopy(event));
      fits('its plan', planned, { roles: ['coder', 'tester'] });
      const own = events.find((event) => event.type === 'input.recorded' && !isCopy(event));
      fits('its own context file', own, { path: 'notes/wishes.md', text: 'Keep it tiny.' });
    },
  },
  {
    rule: 'P27',
    also: ['P4'],
    name: 'the same id and body return the same receipt; another `from` is RUN_ID_CONFLICT',
    async run(kit) {
      const wire = await kit.wire();
      const from = { runId: idOf(eventsOf(await wholeRun(kit))), stage: 6 };
      const input = { runId: kit.newRunId(), from };
      const receipt = await kit.start(wire, input);
      same('the second receipt', await kit.start(wire, input), receipt);
      const other = startInput({ ...input, from: { ...from, stage: 5 } });
      rejectedWith(await wire.ask('mutation', 'runs.start', other), 'RUN_ID_CONFLICT');
    },
  },
  {
    rule: 'E19',
    also: ['F13', 'P27'],
    name: 'copies come first, are merged and in order, and a run that has some keeps the invariants of every run',
    async run(kit) {
      const events = eventsOf(await followUpRun(kit)).filter((event) => !isTransient(event));
      holds(events.some(isCopy), 'copies', events);
      for (const [name, invariant] of Object.entries(allInvariants)) {
        same(`violations of ${name}`, invariant(events), []);
      }
    },
  },
];

const quick = 'ttft=0,tps=0,chars=300,reasoning=80,seed=7';

async function failedRun(kit: CheckTools): Promise<readonly RunEvent[]> {
  const shape = `${quick},fault=documenter.auth`;
  return (await eventsOfRun(kit, { shape, roles: ['architect', 'documenter'] })).filter(
    (event) => !isTransient(event),
  );
}

async function eventsOfRun(kit: CheckTools, input: RunInput): Promise<readonly RunEvent[]> {
  return eventsOf(await kit.record(input));
}

function isCopy({ inheritedFrom }: RunEvent): boolean {
  return inheritedFrom !== undefined;
}

function idOf(events: readonly RunEvent[]): string {
  return events[0]?.runId ?? '';
}

function stageOf(event: RunEvent): string {
  return event.type === 'stage.started' ? `${event.stage}.${event.attempt} ${event.role}` : event.type;
}

function stateOf(events: readonly RunEvent[]): RunState {
  const state = events.reduce<RunState | undefined>((before, event) => fold(before, event), undefined);
  holds(state !== undefined, 'a run with events', events);
  return state;
}
