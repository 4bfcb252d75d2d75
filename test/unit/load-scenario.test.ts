import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createWeightedChoice } from '../../cli/load/plan-runs.ts';
import { readScenario } from '../../cli/load/read-scenario.ts';
import { parseScenario } from '../../cli/load/scenario.ts';

const run = (more: object) => ({ runs: [{ start: { task: 'Write.' }, ...more }] });
const command = (it: object) => run({ commands: [it] });

describe('a scenario', () => {
  test('has its defaults, and times in milliseconds', () => {
    const parsed = parseScenario(
      {
        runs: [
          { start: { task: 'One.' } },
          {
            name: 'steered',
            weight: 3,
            start: { task: 'Two.', models: { coder: 'rehearsal/tps=5' } },
            commands: [
              { after: '1.5s', steer: 'Shorter.', mode: 'continue' },
              { after: '100ms', stage: 2, redirect: 'tester' },
              { afterMessages: 20, cancel: 'run' },
            ],
          },
        ],
      },
      'rehearsal',
    );
    expect(parsed).toEqual({
      runs: [
        { name: 'run 1', weight: 1, start: { task: 'One.', models: { default: 'rehearsal' } }, commands: [] },
        {
          name: 'steered',
          weight: 3,
          start: { task: 'Two.', models: { default: 'rehearsal', coder: 'rehearsal/tps=5' } },
          commands: [
            {
              at: { afterMs: 1500, stage: undefined },
              send: { kind: 'steer', text: 'Shorter.', mode: 'continue' },
            },
            { at: { afterMs: 100, stage: 2 }, send: { kind: 'redirect', to: 'tester' } },
            { at: { afterMessages: 20 }, send: { kind: 'cancel', target: 'run' } },
          ],
        },
      ],
    });
  });

  test.each([
    [{}, 'runs: Invalid input'],
    [{ runs: [] }, 'runs: Too small'],
    [{ runs: [{ start: {} }] }, 'runs[0].start.task: required without `from`'],
    [run({ start: { task: 'x', runId: 'run_1' } }), 'runs[0].start.runId: not possible in a scenario'],
    [run({ start: { from: { runId: 'run_1' } } }), 'runs[0].start.from: not possible in a scenario'],
    [run({ start: { task: 'x', taks: 1 } }), 'runs[0].start: Unrecognized key'],
    [run({ weight: 0 }), 'runs[0].weight'],
    [run({ command: [] }), 'Unrecognized key: "command"'],
    [command({ steer: 'x' }), 'needs exactly one of "after" and "afterMessages"'],
    [command({ after: '1s', afterMessages: 1, steer: 'x' }), 'needs exactly one of "after"'],
    [command({ after: '1', steer: 'x' }), 'expected a duration with its unit'],
    [command({ afterMessages: 1, stage: 2, steer: 'x' }), '"stage" is only possible with "after"'],
    [command({ after: '1s' }), 'needs exactly one of "steer", "redirect" and "cancel"'],
    [command({ after: '1s', steer: 'x', cancel: 'run' }), 'needs exactly one'],
    [command({ after: '1s', cancel: 'run', mode: 'next' }), '"mode" is only possible with "steer"'],
    [command({ after: '1s', cancel: 'everything' }), 'runs[0].commands[0].cancel'],
  ])('%j is refused: %s', (given, sentence) => {
    const parsed = parseScenario(given, 'rehearsal');
    expect('problems' in parsed ? parsed.problems.join('\n') : 'accepted').toContain(sentence);
  });

  test('has all of its problems reported at once, also those of its starts', () => {
    const parsed = parseScenario(
      { runs: [{ wieght: 7, start: { tsk: 'Write.' } }, {}, { start: { task: 'x', runId: 'run_1' } }] },
      'rehearsal',
    );
    const problems = 'problems' in parsed ? parsed.problems.join('\n') : '';
    for (const problem of [
      'runs[0]: Unrecognized key: "wieght"',
      'runs[0].start: Unrecognized key: "tsk"',
      'runs[1].start',
      'runs[2].start.runId',
    ])
      expect(problems).toContain(problem);
  });

  test.each([
    ['a.json', '{"runs": [{"start": {"task": "Write."}}]}'],
    ['a.ts', 'const task: string = "Write.";\nexport default { runs: [{ start: { task } }] };'],
    ['a.mjs', 'export default { runs: [{ start: { task: "Write." } }] };'],
  ])('is read from %s', async (name, text) => {
    await using folder = await emptyFolder();
    await writeFile(join(folder.path, name), text);
    const runs = await readScenario(name, { cwd: folder.path, defaultModel: 'rehearsal' });
    expect(runs.map(({ start }) => start.task)).toEqual(['Write.']);
  });

  test.each([
    ['none.json', undefined, /cannot be read \(ENOENT/],
    ['a.json', '{', /cannot be read \(/],
    ['a.mjs', 'export const runs = [];', /it has no default export/],
    ['a.json', '{"runs": [{"start": {}}, {"start": {}}]}', /is not valid:\n {2}runs\[0\].*\n {2}runs\[1\]/],
  ])('that is wrong in %s is a sentence', async (name, text, sentence) => {
    await using folder = await emptyFolder();
    if (text !== undefined) await writeFile(join(folder.path, name), text);
    await expect(readScenario(name, { cwd: folder.path, defaultModel: 'rehearsal' })).rejects.toThrow(
      sentence,
    );
  });
});

test('runs are chosen by weight, as evenly as possible', () => {
  const next = createWeightedChoice([
    { name: 'a', weight: 3 },
    { name: 'b', weight: 1 },
  ]);
  expect(Array.from({ length: 8 }, () => next().name).join('')).toBe('aabaaaba');
});

async function emptyFolder() {
  const path = await mkdtemp(join(tmpdir(), 'stagewire-scenario-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}
