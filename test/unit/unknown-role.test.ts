import { describe, expect, test } from 'vitest';
import { requireKnownRoles } from '../../cli/load/require-known-roles.ts';
import { parseScenario } from '../../cli/load/scenario.ts';
import { closestName } from '../../cli/terminal/closest-name.ts';
import { unknownRole } from '../../cli/terminal/unknown-role.ts';
import { knownRoles } from '@stagewire/shared/default-roles';

const info = { roles: knownRoles.map((role) => ({ role, format: 'markdown' as const })) };

describe('the name that was probably meant', () => {
  test.each([
    ['archi', 'architect'],
    ['architekt', 'architect'],
    ['Coder', 'coder'],
    ['codr', 'coder'],
    ['refinner', 'refiner'],
    ['re', undefined],
    ['poet', undefined],
    ['x'.repeat(1_000_000), undefined],
  ])('for %.20s is %s', (given, meant) => {
    expect(closestName(given, knownRoles)).toBe(meant);
  });
});

test('a role is compared with those of the server, if it says which it has', () => {
  expect(unknownRole('archi', info)).toBe(
    'unknown role "archi". Did you mean architect? ' +
      'The roles of the server: architect, coder, reviewer, refiner, tester, documenter.',
  );
  expect(unknownRole('coder', info)).toBeUndefined();
  expect(unknownRole('archi', { roles: [] })).toBeUndefined();
});

test('a scenario is rejected with the place of each role that the server does not have', () => {
  const parsed = parseScenario(
    {
      runs: [
        { start: { task: 'a', pipeline: { roles: ['coder'] }, instructions: { all: 'x' } } },
        {
          start: {
            task: 'b',
            pipeline: { roles: ['coder', 'reviwer'] },
            models: { default: 'rehearsal', codr: 'rehearsal' },
            settings: { default: { effort: 'low' }, tstr: { effort: 'low' } },
            instructions: { poet: 'x' },
          },
          commands: [
            { after: '1s', steer: 'x' },
            { after: '1s', redirect: 'archi' },
          ],
        },
      ],
    },
    'rehearsal',
  );
  if (!('runs' in parsed)) throw new Error(parsed.problems.join('\n'));
  let message = '';
  try {
    requireKnownRoles(parsed.runs, info);
  } catch (error) {
    ({ message } = error as Error);
  }
  expect(message.split('\n').map((line) => line.replace(/ The roles of .*/, ''))).toEqual([
    'The scenario is not valid; nothing was started:',
    '  runs[1].start.pipeline.roles[1]: unknown role "reviwer". Did you mean reviewer?',
    '  runs[1].start.models.codr: unknown role "codr". Did you mean coder?',
    '  runs[1].start.settings.tstr: unknown role "tstr". Did you mean tester?',
    '  runs[1].start.instructions.poet: unknown role "poet".',
    '  runs[1].commands[1].redirect: unknown role "archi". Did you mean architect?',
  ]);
  expect(() => requireKnownRoles(parsed.runs.slice(0, 1), info)).not.toThrow();
});
