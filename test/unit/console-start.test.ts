import fc from 'fast-check';
import type { InputFile, RunQueued, RunState, StartInput } from '@stagewire/client';
import { defaultLimits } from '@stagewire/shared';
import { StartInput as StartInputSchema } from '@stagewire/shared/commands';
import { describe, expect, test } from 'vitest';
import { localPrincipal } from '../../server/identity/principal.ts';
import { plannedRoles } from '../../console/run/planned-roles.ts';
import { addContextFiles, pastedPath } from '../../console/start/add-context-files.ts';
import { readContextFiles } from '../../console/start/read-context-files.ts';
import {
  countSetFields,
  draftFromRun,
  emptyDraft,
  isUntouched,
  startInput,
} from '../../console/start/start-draft.ts';
import type { StartDraft } from '../../console/start/start-draft.ts';
import { startProblems, type StartField } from '../../console/start/start-problems.ts';
import {
  noDuration,
  parseDuration,
  durationDraft,
  timeUnits,
  durationText,
} from '../../console/start/duration-draft.ts';
import { startRun } from '../../server/runs/start-run.ts';

const order = ['architect', 'coder', 'reviewer', 'refiner', 'tester', 'documenter'];
const server = { models: { default: 'rehearsal' }, limits: defaultLimits };
const filled: StartDraft = { ...emptyDraft, task: 'A parser' };

describe('the errors of the form', () => {
  const text = fc.oneof(
    fc.constantFrom('', ' ', '1', '0', '33', '1.5', '-1', 'team', 'gpt 5', 'openai/gpt', 'rehearsal/tps=5'),
    fc.string({ maxLength: 80 }),
  );
  const drafts = fc.record({
    task: fc.constantFrom('', '  ', 'A parser'),
    roles: fc.subarray(order),
    maxRefinements: fc.nat({ max: 5 }),
    models: fc.dictionary(fc.constantFrom('default', 'coder'), text),
    settings: fc.dictionary(
      fc.constantFrom('coder', 'tester'),
      fc.record({
        effort: fc.constantFrom('' as const, 'low' as const, 'high' as const),
        maxOutputTokens: fc.oneof(text, fc.constantFrom('32000', '10000001')),
      }),
    ),
    instructions: fc.dictionary(fc.constantFrom('all', 'coder'), text),
    files: fc.constant([]),
    labels: fc.array(fc.record({ name: text, value: text }), { maxLength: 40 }),
    attempts: text,
    tokens: text,
    cost: fc.oneof(text, fc.constantFrom('0.5', '0', '1e3')),
    time: fc.record({ amount: text, unit: fc.constantFrom(...timeUnits) }),
  });

  test('include everything that the server rejects: a valid form passes its schema', () => {
    fc.assert(
      fc.property(drafts, (draft) => {
        if (startProblems(draft, defaultLimits).size > 0) return;
        const read = StartInputSchema.safeParse(startInput(draft, order));
        expect(read.error?.issues).toBeUndefined();
      }),
      { numRuns: 1000 },
    );
  });

  test.each<[StartField, Partial<StartDraft>, RegExp]>([
    ['task', { task: ' ' }, /Enter a task/],
    ['task', { task: 'x'.repeat(100_001) }, /The task has 100,001 characters; the limit is 100,000\./],
    [
      'models.default',
      { instructions: { all: 'x'.repeat(20_001) } },
      /20,001 characters; the limit is 20,000/,
    ],
    [
      'models.coder',
      { instructions: { coder: 'x'.repeat(20_001) } },
      /20,001 characters; the limit is 20,000/,
    ],
    ['labels.0', { labels: [{ name: 'a', value: 'x'.repeat(257) }] }, /limit .* is 256 characters/],
    ['roles', { roles: [] }, /at least one role/],
    ['roles', { roles: ['refiner'] }, /another role too/],
    ['models.coder', { models: { coder: 'gpt 5' } }, /provider\/model/],
    ['labels.0', { labels: [{ name: '', value: 'a' }] }, /Enter a name/],
    ['labels.1', { labels: [label('a'), label(' a ')] }, /Duplicate label: a\./],
    ['labels.32', { labels: Array.from({ length: 33 }, (_, at) => label(`a${at}`)) }, /limit is 32 labels/],
    ['settings.coder', { settings: { coder: tokens('0') } }, /from 1 to 10,000,000/],
    ['settings.coder', { settings: { coder: tokens('many') } }, /whole number/],
    ['attempts', { attempts: '33' }, /from 1 to 32/],
    ['attempts', { attempts: '1.5' }, /whole number/],
    ['time', { time: { amount: '25', unit: 'hours' } }, /from 1 second to 24 hours/],
    ['time', { time: { amount: 'soon', unit: 'hours' } }, /from 1 second/],
  ])('are at their field: %s in %o', (field, change, says) => {
    const problems = startProblems({ ...filled, ...change }, defaultLimits);
    expect(Array.from(problems.keys())).toEqual([field]);
    expect(problems.get(field)).toMatch(says);
  });

  test('do not include deselected roles, which are not sent either', () => {
    const draft = {
      ...filled,
      roles: ['architect'],
      models: { default: 'rehearsal', coder: 'gpt 5' },
      settings: { architect: { effort: 'low' as const, maxOutputTokens: '' }, coder: tokens('odd') },
      instructions: { all: 'Short.', coder: 'No classes.' },
    };
    expect(startProblems(draft, defaultLimits).size).toBe(0);
    expect(startInput(draft, order)).toMatchObject({
      models: { default: 'rehearsal' },
      settings: { architect: { effort: 'low' } },
      instructions: { all: 'Short.' },
    });
    expect(startInput(draft, order).settings).not.toHaveProperty('coder');
    expect(startInput(draft, order).models).not.toHaveProperty('coder');
    expect(startInput(draft, order).instructions).not.toHaveProperty('coder');
    expect(countSetFields(draft)).toMatchObject({ models: 2, settings: 1 });
    expect(startProblems({ ...draft, roles: ['coder'] }, defaultLimits).has('models.coder')).toBe(true);
  });

  test('do not include a label without a value, or without both', () => {
    const labels = [label('a'), { name: 'b', value: '' }, { name: ' ', value: '' }];
    expect(startProblems({ ...filled, labels }, defaultLimits).size).toBe(0);
    expect(startInput({ ...filled, labels }, order).labels).toEqual({ a: 'x', b: '' });
  });
});

test('a form filled from a run starts the same again: task, roles, models, files, labels and limits', () => {
  const inputs = fc.record({
    task: fc.constantFrom('A parser', 'Two\nlines'),
    pipeline: fc.record({
      roles: fc.subarray(order, { minLength: 2 }),
      maxRefinements: fc.nat({ max: 5 }),
    }),
    models: fc.constantFrom<Record<string, string>>(
      {},
      { default: 'rehearsal/tps=5' },
      { coder: 'rehearsal/seed=1' },
    ),
    instructions: fc.constantFrom<Record<string, string>>({}, { all: 'Short.', coder: 'No classes.' }),
    settings: fc.constantFrom<NonNullable<StartInput['settings']>>(
      {},
      { coder: { effort: 'high' } },
      { coder: { effort: 'low', maxOutputTokens: 4000 } },
    ),
    files: fc.constantFrom<InputFile[]>([], [{ path: 'a/b.md', text: ' 100 a minute\n' }]),
    labels: fc.constantFrom<Record<string, string>>({}, { team: 'gateway', empty: '' }),
    limits: fc.constantFrom<NonNullable<StartInput['limits']>>(
      {},
      { maxAttemptsPerStage: 3, maxDurationMs: 90_500 },
    ),
  });
  const namesOnlyChosen = ({ pipeline, models, instructions, settings }: StartInput) =>
    pipeline?.roles?.includes('coder') === true || !('coder' in { ...models, ...instructions, ...settings });
  fc.assert(
    fc.property(inputs.filter(namesOnlyChosen), (input) => {
      const [queued, ...files] = begun(input);
      const draft = draftFromRun({ queued: queued as RunQueued, files }, server);
      expect(startProblems(draft, defaultLimits).size).toBe(0);
      expect(begun(startInput(draft, order))).toEqual([queued, ...files]);
    }),
  );
  const [queued] = begun({ task: 'A parser' });
  expect(draftFromRun({ queued: queued as RunQueued, files: [] }, server)).toMatchObject({
    models: {},
    attempts: '',
    time: noDuration,
  });
});

test('a form is untouched while it has no input that could be lost', () => {
  const untouched: Partial<StartDraft>[] = [
    {},
    { task: ' ' },
    { models: { coder: '' } },
    { settings: { coder: tokens(' ') } },
    { roles: emptyDraft.roles.toReversed() },
  ];
  const touched: Partial<StartDraft>[] = [
    { task: 'A' },
    { models: { tester: 'rehearsal' } },
    { instructions: { all: 'Short.' } },
    { settings: { coder: { effort: 'low', maxOutputTokens: '' } } },
    { labels: [{ name: '', value: 'a' }] },
    { files: [{ path: 'a', text: '' }] },
    { roles: ['coder'] },
    { maxRefinements: 1 },
    { attempts: '3' },
    { time: { amount: '3', unit: 'hours' } },
  ];
  const isOne = (change: Partial<StartDraft>) => isUntouched({ ...emptyDraft, ...change });
  expect(untouched.filter((it) => !isOne(it))).toEqual([]);
  expect(touched.filter(isOne)).toEqual([]);
});

test('a duration is parsed in its unit and formatted in the largest whole one', () => {
  expect([durationDraft(24 * 3_600_000), durationDraft(90_000), durationDraft(1500)]).toEqual([
    { amount: '24', unit: 'hours' },
    { amount: '90', unit: 'seconds' },
    { amount: '1.5', unit: 'seconds' },
  ]);
  expect(parseDuration({ amount: ' 1,5 ', unit: 'minutes' })).toBe(90_000);
  expect(parseDuration(noDuration)).toBeUndefined();
  expect([durationText(60_000), durationText(7_200_000)]).toEqual(['1 minute', '2 hours']);
});

test('files above the total limit are rejected, and a replaced one counts once', async () => {
  const file = (path: string, chars: number) =>
    Object.assign(new File(['x'.repeat(chars)], path), { webkitRelativePath: '' });
  const given = ['a', 'b', 'c', 'd', 'e', 'a'].map((path) => file(path, 200_000));
  const read = await readContextFiles([...given, file('f', 1)]);
  const { files, problems } = addContextFiles([], read, defaultLimits);
  expect(files.map(({ path }) => path)).toEqual(['a', 'b', 'c', 'd', 'e']);
  expect(problems).toEqual([
    'f was not added; with it all files would have 1,000,001 characters, and the limit is 1,000,000.',
  ]);
});

test('files are rejected by the limits of the server, not by the defaults', () => {
  const given = ['a', 'b', 'c'].map((path) => ({ path, text: 'xxxx' }));
  const problemsWith = (limits: Record<string, number>) => addContextFiles([], given, limits).problems;
  expect(problemsWith({ maxFiles: 2 })).toEqual(['c was not added; the limit is 2 files.']);
  expect(problemsWith({ maxFileChars: 3 })[0]).toBe('a has 4 characters; the limit is 3.');
  expect(problemsWith({ maxFilesChars: 11 })).toEqual([
    'c was not added; with it all files would have 12 characters, and the limit is 11.',
  ]);
  const large = [{ path: 'a', text: 'x'.repeat(defaultLimits.maxFileChars + 1) }];
  expect(addContextFiles([], large, { maxFileChars: 1_000_000 }).problems).toEqual([]);
});

test('pasted text replaces no other file', () => {
  expect(pastedPath([])).toBe('pasted-1.txt');
  expect(pastedPath([{ path: 'pasted-2.txt', text: '' }])).toBe('pasted-3.txt');
});

describe('the planned roles', () => {
  const pipeline = { roles: order, maxRefinements: 1 };
  const words = (state: Partial<RunState>) =>
    plannedRoles({ status: 'running', stages: [], plan: [], pipeline, ...state } as RunState).map(
      ({ role, isConditional }) => (isConditional ? `${role}?` : role),
    );

  test('are those of the plan, and after a review the refiner that it may request', () => {
    expect(words({ status: 'queued', plan: ['coder', 'reviewer', 'tester'] })).toEqual([
      'coder',
      'reviewer',
      'refiner?',
      'tester',
    ]);
    expect(words({ stages: [stage('reviewer', 'plan')], plan: ['tester'] })).toEqual(['refiner?', 'tester']);
    expect(words({ status: 'completed', plan: ['tester'] })).toEqual([]);
  });

  test('have no refiner that is not selected, or that can no longer be requested', () => {
    const plan = ['reviewer', 'tester'];
    expect(words({ plan, pipeline: { roles: ['reviewer', 'tester'], maxRefinements: 2 } })).toEqual(plan);
    const refined = [stage('reviewer', 'plan'), stage('refiner', 'review')];
    expect(words({ stages: refined, plan })).toEqual(plan);
    expect(words({ stages: [stage('reviewer', 'plan')], plan: ['refiner', ...plan] })).toEqual([
      'refiner',
      ...plan,
    ]);
    expect(words({ stages: [...refined, stage('coder', 'redirect')], plan })).toEqual([
      'reviewer',
      'refiner?',
      'tester',
    ]);
  });
});

function tokens(maxOutputTokens: string) {
  return { effort: '' as const, maxOutputTokens };
}

function label(name: string) {
  return { name, value: 'x' };
}

function stage(role: string, cause: string) {
  return { role, attempts: [{ cause }] } as RunState['stages'][number];
}

/** How a run begins, without the name of its very words. */
function begun(input: StartInput) {
  const principal = localPrincipal;
  const events = startRun(input, principal, { models: server.models, findModelProblem: () => undefined });
  return events.map((event) => ({ ...event, digest: '' })) as (RunQueued & { path: string; text: string })[];
}
