import fc from 'fast-check';
import { fold, type EventBody, type RunEvent, type RunState } from '@stagewire/shared';
import { fileText, fileVersions, filesAt } from '@stagewire/shared/run-files';
import { filesChangeInOpenAttempts } from '@stagewire/shared/invariants/file-invariants';
import { unfinishedFiles } from '@stagewire/shared/unfinished-files';
import { describe, expect, test } from 'vitest';
import { fileDiff } from '../../client/files/file-diff.ts';
import { createRunScript, queuedBody } from '../support/run-script.ts';

const usage = { inputTokens: 0, outputTokens: 0, reasoningTokens: 0, source: 'final' } as const;
const paths = ['a.ts', 'b/c.md', 'given.md'] as const;

/** What one attempt writes and removes. */
const attempt = fc.record({
  writes: fc.uniqueArray(fc.record({ path: fc.constantFrom(...paths), text: fc.string({ maxLength: 6 }) }), {
    selector: ({ path }) => path,
  }),
  removes: fc.uniqueArray(fc.constantFrom(...paths)),
  completes: fc.boolean(),
});
type Attempt = typeof attempt extends fc.Arbitrary<infer T> ? T : never;

/** A run whose attempts do that, and the files with their texts at the end of each, computed without the fold. */
function runOf(attempts: readonly Attempt[]) {
  const bodies: EventBody[] = [
    queuedBody(),
    { type: 'input.recorded', path: 'given.md', text: 'as given' },
    { type: 'run.started' },
  ];
  const texts = new Map<string, string | undefined>([['given.md', undefined]]);
  const ends: { at: { stage: number; attempt: number }; files: [string, string | undefined][] }[] = [];
  let at = { stage: 1, attempt: 1 };
  for (const { writes, removes, completes } of attempts) {
    const where = { ...at, role: 'coder' };
    const text = writes.map((it) => it.text).join('');
    const common = { model: 'rehearsal', format: 'code' as const, commandIds: [] };
    const cause = at.attempt === 1 ? ('plan' as const) : ('steer' as const);
    bodies.push({ type: 'stage.started', ...where, ...common, cause, keptChars: 0 });
    bodies.push({ type: 'stage.delta', ...where, offset: 0, text });
    let offset = 0;
    for (const { path, text: own } of writes) {
      const parts = [{ offset, chars: own.length }];
      bodies.push({ type: 'artifact.recorded', ...where, path, language: 'text', parts });
      offset += own.length;
      texts.delete(path);
      texts.set(path, own);
    }
    for (const path of removes.filter((it) => texts.has(it) && !writes.some((one) => one.path === it))) {
      bodies.push({ type: 'artifact.removed', ...where, path, offset: 0, chars: 0 });
      texts.delete(path);
    }
    const chars = text.length;
    if (completes) {
      const more = { finishReason: 'stop', ttftMs: 1, durationMs: 1 } as const;
      bodies.push({ type: 'stage.completed', ...where, chars, usage, ...more });
    } else {
      bodies.push({ type: 'stage.interrupted', ...where, chars, usage, cause: 'steer', commandIds: [] });
    }
    ends.push({ at, files: [...texts] });
    at = completes ? { stage: at.stage + 1, attempt: 1 } : { ...at, attempt: at.attempt + 1 };
  }
  const { events } = createRunScript('run_files').next(...bodies);
  return { events, ends };
}

function folded(events: readonly RunEvent[]): RunState {
  const state = events.reduce<RunState | undefined>(fold, undefined);
  if (state === undefined) throw new Error('no events');
  return state;
}

const filesIn = (state: RunState, at?: Parameters<typeof filesAt>[1]) =>
  filesAt(state, at)?.map(({ path }) => [path, fileText(state, path, at)]);

describe('the files of a run, from its state', () => {
  test('are at the end of each attempt those that it had then, and their texts', () => {
    fc.assert(
      fc.property(fc.array(attempt, { maxLength: 8 }), (attempts) => {
        const { events, ends } = runOf(attempts);
        const state = folded(events);
        for (const { at, files } of ends) expect(filesIn(state, at)).toEqual(files);
        expect(filesIn(state, 'given')).toEqual([['given.md', undefined]]);
        expect(filesIn(state)).toEqual(ends.at(-1)?.files ?? [['given.md', undefined]]);
        // A state of the middle, continued with the other events, has the same history.
        const half = folded(events.slice(0, Math.ceil(events.length / 2)));
        expect(events.reduce(fold, structuredClone(half))).toEqual(state);
      }),
    );
  });

  test('have every version of a path, with removals and what was given', () => {
    const { events } = runOf([
      { writes: [{ path: 'given.md', text: 'one' }], removes: [], completes: false },
      { writes: [], removes: ['given.md'], completes: true },
      { writes: [{ path: 'given.md', text: 'two' }], removes: [], completes: true },
    ]);
    const state = folded(events);
    expect(
      fileVersions(state, 'given.md').map(({ stage, attempt: number, file }) => [
        stage,
        number,
        file?.from ?? null,
      ]),
    ).toEqual([
      [undefined, undefined, 'input'],
      [1, 1, 'stage'],
      [1, 2, null],
      [2, 1, 'stage'],
    ]);
    expect(fileVersions(state, 'nowhere.ts')).toEqual([]);
    expect(fileText(state, 'given.md', { stage: 1, attempt: 1 })).toBe('one');
    expect(fileText(state, 'given.md')).toBe('two');
    const diff = fileDiff(state, 'given.md', { from: { stage: 1, attempt: 1 } });
    expect(diff).toEqual([
      { kind: 'removed', lines: ['one'] },
      { kind: 'added', lines: ['two'] },
    ]);
    // Removed there: all of it is new. The text that was given is not in the state.
    expect(fileDiff(state, 'given.md', { from: { stage: 1, attempt: 2 } })).toEqual([
      { kind: 'added', lines: ['two'] },
    ]);
    expect(fileDiff(state, 'given.md', { from: 'given' })).toBeUndefined();
    expect(fileDiff(state, 'given.md', { from: { stage: 9, attempt: 1 } })).toBeUndefined();
  });

  test('have context files that a follow-up adds only after the attempt that it inherits', () => {
    const { events } = runOf([{ writes: [{ path: 'a.ts', text: 'one' }], removes: [], completes: true }]);
    const added = { type: 'input.recorded' as const, path: 'a.ts', text: 'mine' };
    const next = events.length + 1;
    const { events: later } = runOf([
      { writes: [], removes: [], completes: true },
      { writes: [], removes: [], completes: true },
    ]);
    const second = later.filter((event) => 'stage' in event && event.stage === 2);
    const all = [
      ...events,
      { ...added, runId: 'run_files', seq: next, at: '2026-01-01T00:00:00.000Z' },
      ...second.map((event, index) => ({ ...event, seq: next + 1 + index })),
    ];
    const state = folded(all);
    expect(filesAt(state, { stage: 1, attempt: 1 })?.map(({ from }) => from)).toEqual(['input', 'stage']);
    expect(filesAt(state, { stage: 2, attempt: 1 })?.map(({ from }) => from)).toEqual(['input', 'input']);
    expect(filesAt(state, 'given')?.map(({ path }) => path)).toEqual(['given.md', 'a.ts']);
    expect(fileVersions(state, 'a.ts').map(({ stage, file }) => [stage, file?.from])).toEqual([
      [1, 'stage'],
      [undefined, 'input'],
    ]);
    expect(filesChangeInOpenAttempts(all)).toEqual([]);
  });

  test('are unknown at an attempt that is running or does not exist', () => {
    const { events } = runOf([{ writes: [{ path: 'a.ts', text: 'x' }], removes: [], completes: true }]);
    const running = folded(events.slice(0, -1));
    expect(filesAt(running, { stage: 1, attempt: 1 })).toBeUndefined();
    expect(filesAt(folded(events), { stage: 2, attempt: 1 })).toBeUndefined();
    expect(filesAt(folded(events), { stage: 1, attempt: 2 })).toBeUndefined();
  });

  test('of a server without a history are only the latest, and stay so', () => {
    const { events, ends } = runOf([
      { writes: [{ path: 'a.ts', text: 'one' }], removes: [], completes: true },
      { writes: [{ path: 'a.ts', text: 'two' }], removes: [], completes: true },
    ]);
    const { fileHistory: _, ...older } = folded(events.slice(0, 7));
    const state = events.slice(7).reduce<RunState>(fold, older);
    expect(state).not.toHaveProperty('fileHistory');
    expect(filesIn(state)).toEqual(ends.at(-1)?.files);
    expect(filesAt(state, { stage: 1, attempt: 1 })).toBeUndefined();
    expect(fileVersions(state, 'a.ts')).toMatchObject([{ stage: 2, attempt: 1 }]);
  });
});

describe('unfinished files', () => {
  const text =
    'Two files.\n\n```ts src/a.ts\nexport const a = 1;\n```\n\n- In a list:\n\n  ```ts src/b.ts\n  export const b = 2;\n';

  test('are those that the running attempt has written, the last one open', () => {
    expect(writing(text)).toEqual([
      { path: 'src/a.ts', text: 'export const a = 1;\n', isClosed: true, language: 'ts' },
      { path: 'src/b.ts', text: 'export const b = 2;\n', isClosed: false, language: 'ts' },
    ]);
  });

  test('grow only, token by token, and do not show half of a closing fence', () => {
    const whole = `${text}  \`\`\`\n\nDone.\n`;
    const grown = new Map<string, string>();
    for (let end = 1; end <= whole.length; end += 1) {
      for (const file of writing(whole.slice(0, end))) {
        const before = grown.get(file.path) ?? '';
        expect(file.text.startsWith(before), `${file.path} at ${end}`).toBe(true);
        grown.set(file.path, file.text);
      }
    }
    expect([...grown]).toEqual([
      ['src/a.ts', 'export const a = 1;\n'],
      ['src/b.ts', 'export const b = 2;\n'],
    ]);
  });

  test('are gone when the attempt has completed, and those of a failed one are what was lost', () => {
    expect(writing(text, 'stage.completed')).toEqual([]);
    expect(writing(text, 'stage.failed').map(({ path }) => path)).toEqual(['src/a.ts', 'src/b.ts']);
  });

  test('of a documenter are its README, if there is none', () => {
    expect(writing('# Clock\n\nTicks.', undefined, 'documenter')).toEqual([
      { path: 'README.md', text: '# Clock\n\nTicks.', isClosed: false, language: 'markdown' },
    ]);
    expect(writing('# Clock', undefined, 'architect')).toEqual([]);
    const named = '```md README.md\n# Clock\n```\n';
    expect(writing(named, undefined, 'documenter')).toMatchObject([{ path: 'README.md', text: '# Clock\n' }]);
    expect(writing(' \n', undefined, 'documenter')).toEqual([]);
  });

  test('leave out blocks without a path, removals and unsafe paths', () => {
    const blocks = '```sh\nnpm test\n```\n```delete src/old.ts\n```\n```ts ../../etc/passwd\nx\n```\n';
    expect(writing(blocks)).toEqual([]);
  });

  test('have the last text of a path', () => {
    expect(writing('```ts a.ts\nold\n```\n\n```ts a.ts\nnew\n```\n')).toMatchObject([
      { path: 'a.ts', text: 'new\n', isClosed: true },
    ]);
    expect(writing('```ts a.ts\nold\n```\n\n```ts a.ts\nnew')).toMatchObject([
      { path: 'a.ts', text: 'new', isClosed: false },
    ]);
  });
});

/** The unfinished files of a run with this text. */
function writing(text: string, ending?: 'stage.completed' | 'stage.failed', role = 'coder') {
  const where = { stage: 1, attempt: 1, role };
  const format = role === 'coder' ? 'code' : 'markdown';
  const chars = text.length;
  const bodies: EventBody[] = [
    queuedBody(),
    { type: 'run.started' },
    {
      type: 'stage.started',
      ...where,
      model: 'rehearsal',
      format,
      commandIds: [],
      cause: 'plan',
      keptChars: 0,
    },
    { type: 'stage.delta', ...where, offset: 0, text },
  ];
  if (ending === 'stage.completed') {
    const more = { finishReason: 'stop', ttftMs: 1, durationMs: 1 } as const;
    bodies.push({ type: ending, ...where, chars, usage, ...more });
  }
  if (ending === 'stage.failed') {
    bodies.push({
      type: ending,
      ...where,
      chars,
      usage,
      failure: { code: 'PROVIDER_AUTH', message: 'no', retryable: false },
    });
  }
  const state = folded(createRunScript('run_files').next(...bodies).events);
  return unfinishedFiles(state).map(({ path, language, text: soFar, isClosed }) => ({
    path,
    language,
    text: soFar,
    isClosed,
  }));
}
