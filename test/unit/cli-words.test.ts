import { StagewireClientError, StagewireError, type RunEvent, type ServerInfo } from '@stagewire/client';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cleanLine, cleanText, createTextCleaner } from '../../cli/render/clean-text.ts';
import { parseExpect } from '../../cli/commands/parse-expect.ts';
import { outcomeText } from '../../cli/render/render-command.ts';
import { infoLines, listLines } from '../../cli/render/render-list.ts';
import { problemText } from '../../cli/render/render-problem.ts';
import { promptLines } from '../../cli/render/render-prompt.ts';
import { summaryLines } from '../../cli/render/render-summary.ts';
import {
  at,
  completed,
  events,
  plain,
  rendered,
  runId,
  said,
  sloppy,
  started,
  stateAfter,
  steered,
} from '../support/rendered-run.ts';

/** What a cut may go through, or may leave at the end. */
const awkward = fc.string({ unit: fc.constantFrom('a', '\r', '\n', '\ud83d', '\ude00', '\u001b') });

describe('what others wrote', () => {
  test('cannot steer the terminal', () => {
    expect(cleanText('a\u001b[2Jb\u0007\u009b31m\u007f\u202ec\r')).toBe('a␛[2Jb␇\ufffd31m␡\ufffdc␍');
    expect(cleanText('one\r\n\ttwo\n')).toBe('one\n\ttwo\n');
    expect(cleanLine('  one\n two\u001b[m ', 9)).toBe('one two␛…');
  });

  test('is whole again when a character or a line break comes in two pieces', () => {
    const cleaner = createTextCleaner();
    expect([cleaner.push('a\ud83d'), cleaner.push('\ude00\r'), cleaner.push('\nb\r'), cleaner.end()]).toEqual(
      ['a', '😀', '\nb', '␍'],
    );
  });

  test('is in the output as it was, however it is cut, unless it is a control character', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.string({ unit: 'binary', maxLength: 12 }), awkward)), (pieces) => {
        let offset = 0;
        const deltas = pieces.map((piece) => {
          const body = said(at(1, 'coder'), piece, offset);
          offset += piece.length;
          return body;
        });
        const text = rendered(events(started(at(1, 'coder')), ...deltas, completed(at(1, 'coder'))));
        expect(text).not.toMatch(/(?![\n\t])\p{Cc}/u);
        expect(text.isWellFormed()).toBe(true);
        expect(text).toContain(cleanText(pieces.join('')));
      }),
    );
  });

  test('cannot steer it from any field of an event either', () => {
    for (const run of [steered, sloppy]) {
      const evil = JSON.parse(
        JSON.stringify(run).replace(
          /"(?:(?:task|message|text|path|role|model|file|suggestion|reason|effort|id|name)":|problems":\[)"/g,
          '$&\\u001b]0;x\\u0007',
        ),
      ) as RunEvent[];
      expect(rendered(evil, { raw: true })).not.toMatch(/(?![\n\t])\p{Cc}/u);
      expect(summaryLines(stateAfter(evil), plain).join('\n')).not.toMatch(/(?![\n\t])\p{Cc}/u);
      const prompt = {
        stage: 1,
        attempt: 1,
        role: 'a\u001b',
        model: 'm\u001b',
        system: 's\u001b',
        exact: true,
      };
      const messages = [{ role: 'user' as const, text: 't\u001b\n' }];
      expect(promptLines({ ...prompt, messages }, plain).join('\n')).not.toMatch(/(?![\n\t])\p{Cc}/u);
    }
  });
});

describe('commands', () => {
  test.each([
    ['any', 'any'],
    ['coder', { role: 'coder' }],
    ['2', { stage: 2 }],
    ['2.1', { stage: 2, attempt: 1 }],
    ['0', undefined],
    ['2.', undefined],
    ['Coder', undefined],
  ])('--expect %s', (text, expected) => {
    expect(parseExpect(text)).toEqual(expected);
  });

  test('tell their outcome in a line', () => {
    const applied = { status: 'applied', stage: 2, attempt: 3 } as const;
    const early = { status: 'applied', stage: null, attempt: null } as const;
    expect([
      outcomeText({ kind: 'steer' }, applied),
      outcomeText({ kind: 'redirect', to: 'tester' }, applied),
      outcomeText({ kind: 'redirect', to: 'tester' }, early),
      outcomeText({ kind: 'cancel', target: 'stage' }, applied),
      outcomeText({ kind: 'cancel', target: 'run' }, applied),
      outcomeText({ kind: 'cancel', target: 'run' }, early),
      outcomeText({ kind: 'steer' }, { status: 'dropped', reason: 'superseded' }),
    ]).toEqual([
      'applied: included in the prompt of stage 2, attempt 3',
      'applied: stage 2 has ended; the tester is next',
      'applied: the run starts with the tester',
      'applied: stage 2 has ended; its text is kept',
      'applied: the run was cancelled in stage 2',
      'applied: the run was cancelled before its first stage',
      'dropped: superseded by a later redirect or cancel',
    ]);
  });
});

describe('lists', () => {
  test('align', () => {
    const run = { runId, task: 'a\nclock', owner: 'local', labels: {}, queuedAt: '2026-01-01T10:20:30.456Z' };
    const page = {
      items: [
        { ...run, status: 'running' as const, current: at(2, 'coder') },
        {
          ...run,
          runId: `${runId}23`,
          status: 'completed' as const,
          current: null,
          verdict: 'changes_requested' as const,
        },
      ],
    };
    expect(listLines(page, plain)).toEqual([
      'run_0000000001    2026-01-01 10:20:30Z  running, coder                a clock',
      'run_000000000123  2026-01-01 10:20:30Z  completed, changes requested  a clock',
    ]);
    expect(listLines({ items: [] }, plain)).toEqual(['No runs found.']);
  });

  test('info names the models of the roles', () => {
    const info: ServerInfo = {
      version: '1.2.3',
      protocolVersion: 2,
      protocolHash: 'h',
      features: ['steer'],
      roles: [{ role: 'coder', format: 'code' as const }],
      models: { default: 'rehearsal', coder: 'ollama/x' },
      realModel: false,
      limits: {},
      heartbeatMs: 1000,
      now: '2026-01-01T00:00:00.000Z',
      auth: [],
      you: {
        actor: { id: 'local', kind: 'anonymous' },
        owner: 'local',
        owners: ['local'],
        permissions: [],
        session: false,
      },
    };
    expect(infoLines(info, 'http://127.0.0.1:1', plain)).toEqual([
      'server   Stagewire 1.2.3, protocol 2',
      'url      http://127.0.0.1:1',
      'model    rehearsal (simulated: no model is called)',
      '         ollama/x (coder)',
      'roles    coder',
      'features steer',
    ]);
  });
});

describe('problems', () => {
  test.each([
    [
      new StagewireError('STAGE_MISMATCH', 'Not that stage.', {
        details: { expected: { role: 'coder' }, actual: at(3, 'reviewer', 2) },
      }),
      'Not that stage. Nothing was changed. Check the current state of the run and retry, with --expect any if the ' +
        'stage does not matter.',
    ],
    [
      new StagewireError('INVALID_INPUT', 'Words that may change.', {
        details: {
          issues: [
            { field: 'pipeline.maxRefinements', message: 'too big' },
            { field: 'pipeline.roles.0', message: 'no role' },
            { field: 'models.default', message: 'no' },
            { field: 'models.coder', message: 'no' },
            { field: 'files.0.text', message: 'long' },
            { field: 'settings.coder.effort', message: 'odd' },
            { field: 'settings.default.maxOutputTokens', message: 'odd' },
            { field: 'instructions.all', message: 'empty' },
            { field: 'instructions.tester', message: 'empty' },
            { field: 'labels.team', message: 'long' },
            { field: 'labels', message: 'many' },
            { field: 'draft', message: 'not here' },
            { field: 'text', message: 'empty' },
            { field: '', message: 'odd' },
          ],
        },
      }),
      'Invalid input: --max-refinements: too big; --roles: no role; --model: no; --model-for coder: no; --file: long; ' +
        '--effort coder: odd; --max-output-tokens: odd; --instruct: empty; --instruct-for tester: empty; ' +
        '--label team: long; --label: many; --drop-draft: not here; text: empty; odd. Nothing was started or changed.',
    ],
    [
      new StagewireError('INVALID_INPUT', 'The models.coder: stays as it is.'),
      'The models.coder: stays as it is. Nothing was started or changed.',
    ],
    [
      new StagewireError('TOO_LARGE', 'The answer is too large.', { details: { maxAnswerBytes: 10 } }),
      'The answer is too large. Nothing was started or changed.',
    ],
    [
      new StagewireError('ILLEGAL_TARGET', 'No such role.', {
        details: { commandId: 'c1', reason: 'unknown_role', role: 'poet' },
      }),
      'No such role. Nothing was changed. "npx stagewire info" lists the roles of the server.',
    ],
    [
      new StagewireError('ILLEGAL_TARGET', 'No stage yet.', {
        details: { commandId: 'c1', reason: 'no_stage' },
      }),
      'No stage yet. Nothing was changed.',
    ],
    [
      new StagewireError('OVERLOADED', 'Too many runs. Retry later.'),
      'The server rejected the call. OVERLOADED: Too many runs. Retry later.',
    ],
    [
      new StagewireError('LIMIT_REACHED', 'The last attempt.', { details: { maxAttemptsPerStage: 1 } }),
      'The last attempt. Nothing was changed.',
    ],
    [
      new StagewireClientError('UNREACHABLE', 'x', { details: { reason: 'connect ECONNREFUSED' } }),
      'The server does not respond (connect ECONNREFUSED). Check that it is running and reachable, and retry.',
    ],
    [
      new StagewireClientError('NOT_STAGEWIRE', 'Words that may change.', { details: { status: 404 } }),
      'No Stagewire server at this address (it responds with HTTP 404). Check STAGEWIRE_URL.',
    ],
    [
      new TypeError('x is\u001b[2J no function'),
      'Unexpected error in Stagewire. Please report it: x is␛[2J no function',
    ],
  ])('are sentences without a stack (%#)', (error, sentences) => {
    expect(problemText(error)).toBe(sentences);
  });
});
