import type { RunEvent, StartReceipt } from '@stagewire/shared';
import { untestable, type Check } from './check.ts';
import { holds, same } from './expectation.ts';
import { namedFields, rejectedWith } from './rejections.ts';
import { eventsOf, wholeRun } from './rehearsed-runs.ts';
import { dataOf, startInput, type CheckTools } from './verify-kit.ts';

/** P1 to P9: validation of inputs. */
export const checksOfInputs: readonly Check[] = [
  {
    rule: 'P1',
    name: 'an unknown field is rejected with INVALID_INPUT and named, in every procedure',
    async run(kit) {
      const wire = await kit.wire();
      const runId = kit.newRunId();
      const command = { runId, commandId: kit.newCommandId(), expect: 'any' };
      const inputs = [
        ['mutation', 'runs.start', { task: 'Never' }],
        ['mutation', 'runs.steer', { ...command, text: 'x' }],
        ['mutation', 'runs.redirect', { ...command, to: 'coder' }],
        ['mutation', 'runs.cancel', { ...command, target: 'run' }],
        ['query', 'runs.get', { runId }],
        ['query', 'runs.files', { runId }],
        ['query', 'runs.prompt', { runId, stage: 1, attempt: 1 }],
        ['query', 'runs.list', {}],
      ] as const;
      for (const [method, path, input] of inputs) {
        const frame = await wire.ask(method, path, { ...input, surprise: 1 });
        same(`the fields named by ${path}`, namedFields(rejectedWith(frame, 'INVALID_INPUT', path)), [
          'surprise',
        ]);
      }
      for (const [path, input] of [
        ['runs.events', { runId }],
        ['runs.feed', {}],
      ] as const) {
        const error = await wire.subscribe(path, { ...input, surprise: 1 }).rejection();
        same(`the fields named by ${path}`, namedFields(rejectedWith({ error }, 'INVALID_INPUT', path)), [
          'surprise',
        ]);
      }
      const nested = await wire.ask('mutation', 'runs.start', { task: 'Never', pipeline: { surprise: 1 } });
      same('the field named inside', namedFields(rejectedWith(nested, 'INVALID_INPUT')), [
        'pipeline.surprise',
      ]);
    },
  },
  {
    rule: 'P1',
    name: 'null is not the same as absent, except for lastEventId',
    async run(kit) {
      const wire = await kit.wire();
      const frame = await wire.ask('mutation', 'runs.start', { task: 'Never', labels: null });
      same('the field named', namedFields(rejectedWith(frame, 'INVALID_INPUT')), ['labels']);
      const { runId } = await kit.start(wire, { roles: ['documenter'] });
      const [first] = await wire.subscribe('runs.events', { runId, lastEventId: null }).ended();
      same('the first seq after null', first?.event.seq, 1);
    },
  },
  {
    rule: 'P1',
    name: 'an input whose only problem is a text above its limit is rejected with TOO_LARGE, and its field is named',
    async run(kit) {
      const wire = await kit.wire();
      const { maxTaskChars = 100_000, maxCommandTextChars = 20_000 } = kit.info.limits;
      const long = await wire.ask('mutation', 'runs.start', { task: 'x'.repeat(maxTaskChars + 1) });
      same('the field named', namedFields(rejectedWith(long, 'TOO_LARGE', 'the task')), ['task']);
      const text = 'x'.repeat(maxCommandTextChars + 1);
      const steer = await kit.command(wire, 'runs.steer', { runId: kit.newRunId(), text, expect: 'any' });
      same('the field named', namedFields(rejectedWith(steer, 'TOO_LARGE', 'the steer')), ['text']);
    },
  },
  {
    rule: 'P2',
    name: 'an unknown run is rejected with RUN_NOT_FOUND in every procedure, right after schema validation',
    async run(kit) {
      const wire = await kit.wire();
      const runId = kit.newRunId();
      for (const path of ['runs.get', 'runs.files'])
        rejectedWith(await wire.ask('query', path, { runId }), 'RUN_NOT_FOUND', path);
      const at = { stage: 1, attempt: 1 };
      rejectedWith(
        await wire.ask('query', 'runs.files', { runId, at }),
        'RUN_NOT_FOUND',
        'runs.files with at',
      );
      rejectedWith(await wire.ask('query', 'runs.prompt', { runId, ...at }), 'RUN_NOT_FOUND', 'runs.prompt');
      const commands = [
        ['runs.steer', { expect: { stage: 9 } }],
        ['runs.redirect', { to: 'coder', expect: { stage: 9 } }],
        ['runs.cancel', { target: 'run' }],
      ] as const;
      for (const [path, input] of commands) {
        rejectedWith(await kit.command(wire, path, { runId, ...input }), 'RUN_NOT_FOUND', path);
      }
      const error = await wire.subscribe('runs.events', { runId }, 'no cursor').rejection();
      rejectedWith({ error }, 'RUN_NOT_FOUND', 'runs.events');
    },
  },
  {
    rule: 'P4',
    name: 'the same runId and body yield one run and one receipt; another body is rejected with RUN_ID_CONFLICT',
    async run(kit) {
      const wire = await kit.wire();
      const runId = kit.newRunId();
      const input = { ...startInput({ roles: ['documenter'] }), runId };
      const first = dataOf(await wire.ask('mutation', 'runs.start', input));
      const turned = Object.fromEntries(Object.entries(input).toReversed());
      same('the second receipt', dataOf(await wire.ask('mutation', 'runs.start', turned)), first);
      const other = await wire.ask('mutation', 'runs.start', { ...input, task: 'Another task' });
      rejectedWith(other, 'RUN_ID_CONFLICT', 'another body');
      const events = await wire.subscribe('runs.events', { runId }).ended();
      same('how often it was queued', events.filter(({ event }) => event.type === 'run.queued').length, 1);
    },
  },
  {
    rule: 'P4',
    name: 'without a runId every start creates a run, and the server’s ids sort by time',
    async run(kit) {
      const wire = await kit.wire();
      const ids: string[] = [];
      for (let index = 0; index < 3; index += 1) {
        const frame = await wire.ask('mutation', 'runs.start', startInput({ roles: ['documenter'] }));
        ids.push((dataOf(frame) as StartReceipt).runId);
        // Within one millisecond the order is undefined.
        await new Promise<void>((resolve) => kit.context.clock.after(3, resolve));
      }
      same('the ids in order', ids, ids.toSorted());
      same('how many there are', new Set(ids).size, 3);
    },
  },
  {
    rule: 'P5',
    name: 'an invalid path (absolute or not normalized) is rejected with INVALID_INPUT, and so are two files with the same path',
    async run(kit) {
      const wire = await kit.wire();
      for (const path of ['/etc/passwd', '../up', 'a//b', './a', 'a\\b', 'C:/a', 'a/\u0007']) {
        rejectedWith(
          await startWith(kit, { files: [{ path, text: '' }] }),
          'INVALID_INPUT',
          `the path ${JSON.stringify(path)}`,
        );
      }
      const twice = [1, 2].map(() => ({ path: 'a.txt', text: '' }));
      rejectedWith(
        await wire.ask('mutation', 'runs.start', { task: 'Never', files: twice }),
        'INVALID_INPUT',
        'the same path twice',
      );
    },
  },
  {
    rule: 'P7',
    name: 'an unknown role, a duplicate role, and roles without anything to run are rejected with INVALID_INPUT',
    async run(kit) {
      for (const roles of [['wizard'], ['coder', 'coder'], ['refiner']]) {
        rejectedWith(
          await startWith(kit, { pipeline: { roles } }),
          'INVALID_INPUT',
          `the roles ${roles.join(', ')}`,
        );
      }
      rejectedWith(
        await startWith(kit, { instructions: { wizard: 'x' } }),
        'INVALID_INPUT',
        'instructions for a wizard',
      );
      rejectedWith(
        await startWith(kit, { models: { wizard: 'rehearsal' } }),
        'INVALID_INPUT',
        'a model for a wizard',
      );
    },
  },
  {
    rule: 'P8',
    name: 'an unknown model, or a rehearsal with an unknown shape, is rejected with INVALID_INPUT',
    async run(kit) {
      for (const model of [
        'no-provider/x',
        'rehearsal/tempo=3',
        'rehearsal/tps=1,tps=2',
        'rehearsal/ttft=-1',
      ]) {
        rejectedWith(
          await startWith(kit, { models: { default: model } }),
          'INVALID_INPUT',
          `the model ${model}`,
        );
      }
    },
  },
  {
    rule: 'P9',
    name: 'a task is trimmed before it is compared; too many labels are rejected',
    async run(kit) {
      const wire = await kit.wire();
      const runId = kit.newRunId();
      const input = { ...startInput({ roles: ['documenter'], task: 'Trim me' }), runId };
      const first = dataOf(await wire.ask('mutation', 'runs.start', input));
      const spaced = await wire.ask('mutation', 'runs.start', { ...input, task: '  Trim me\n' });
      same('the receipt of the task with spaces', dataOf(spaced), first);
      const { maxLabels = 32 } = kit.info.limits;
      const labels = Object.fromEntries(Array.from({ length: maxLabels + 1 }, (_, n) => [`l${n}`, '']));
      const { error } = await startWith(kit, { labels });
      holds(error !== undefined, `${maxLabels + 1} labels refused`, 'a run');
    },
  },
  untestable('P10', 'a start is refused while the server drains or is full', 'the server would have to be'),
  {
    rule: 'E1',
    name: 'run.queued is seq 1 and has the input of the start; input.recorded of its files follows',
    async run(kit) {
      const [queued, file] = eventsOf(await wholeRun(kit)) as readonly [RunEvent, RunEvent];
      same('the first event', [queued.type, queued.seq], ['run.queued', 1]);
      holds(queued.type === 'run.queued' && queued.labels['made'] === 'by verify', 'its labels', queued);
      holds(
        file.type === 'input.recorded' && file.path === 'notes/wishes.md',
        'input.recorded of the file',
        file,
      );
      same('its text', file.text, 'Keep it small.');
    },
  },
];

/** A start that must be rejected; if it is accepted, its run ends with the check. */
async function startWith(kit: CheckTools, more: object) {
  const wire = await kit.wire();
  return await wire.ask('mutation', 'runs.start', { ...startInput({ roles: ['documenter'] }), ...more });
}
