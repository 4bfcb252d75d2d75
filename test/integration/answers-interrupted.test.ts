import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RunState } from '@stagewire/shared';
import {
  startCrewServer,
  type CrewAnswer,
  type CrewCase,
  type CrewRun,
  type CrewServer,
} from '../support/crew-case.ts';
import { principal, type CommandDraft } from '../support/engine.ts';

let crew: CrewServer;
beforeAll(async () => {
  crew = await startCrewServer();
});
afterAll(() => crew[Symbol.asyncDispose]());

const a = '```ts src/a.ts\nA\n```\n\n';
const head = `${a}\`\`\`ts src/b.ts\nexport const one = 1;\n`;
const b = 'export const one = 1;\nexport const two = 2;\n';
const blockOfB = `\`\`\`ts src/b.ts\n${b}\`\`\`\n`;
const both = { 'src/a.ts': 'A\n', 'src/b.ts': b };

type WithoutRun<C> = C extends unknown ? Omit<C, 'runId'> : never;

/** What happens to a run whose model stops in the middle of `hold`. */
interface Interruption {
  readonly hold: string;
  readonly answers: CrewCase['answers'];
  readonly roles?: NonNullable<CrewCase['roles']>;
  readonly by: WithoutRun<CommandDraft> | 'restart of the server';
}

async function interrupted({ hold, by, ...one }: Interruption): Promise<CrewRun> {
  const runId = await crew.start({ title: '', right: {}, ...one });
  await crew.until(runId, (state) => textNow(state).endsWith(hold));
  if (by === 'restart of the server') await crew.restart();
  else {
    const command = { commandId: randomUUID(), ...by, runId };
    await crew.server.supervisor.command(command, principal);
  }
  return crew.end(runId);
}

function textNow(state: RunState): string {
  return state.stages.at(-1)?.attempts.at(-1)?.text ?? '';
}

const continuations: readonly (readonly [title: string, answer: CrewAnswer])[] = [
  ['goes on where it stopped', 'export const two = 2;\n```\n'],
  ['repeats the last line', 'export const one = 1;\nexport const two = 2;\n```\n'],
  ['opens the fence again', '```ts\nexport const two = 2;\n```\n'],
  ['opens the fence again with its path and begins anew', blockOfB],
  [
    'chats, and opens the fence again',
    'Sure, I will keep it short. Continuing:\n\n```ts src/b.ts\nexport const two = 2;\n```\n',
  ],
  ['sends everything again', `${a}${blockOfB}`],
];

describe('a steer that continues in an open block', () => {
  test.each(continuations)('whose model %s', async (_, answer) => {
    const run = await interrupted({
      hold: head,
      answers: { coder: [{ hold: head }, answer] },
      by: { kind: 'steer', mode: 'continue', scope: 'stage', text: 'Keep it short.', expect: 'any' },
    });
    expect(run.files).toEqual(both);
  });
});

describe('a restart of the server in an open block', () => {
  test.each(continuations)('whose model %s', async (_, answer) => {
    const run = await interrupted({
      hold: head,
      answers: { coder: [{ hold: head }, answer] },
      by: 'restart of the server',
    });
    expect(run.files).toEqual(both);
    expect(run.state.stages).toHaveLength(1);
  });
});

describe('a command in an open block', () => {
  test('a steer that restarts: the new text alone has the files', async () => {
    const run = await interrupted({
      hold: head,
      answers: { coder: [{ hold: head }, blockOfB] },
      by: { kind: 'steer', mode: 'restart', scope: 'stage', text: 'Only b.', expect: 'any' },
    });
    expect(run.files).toEqual({ 'src/b.ts': b });
  });

  test('a redirect to the coder again: what was closed stays, what was open comes from the second visit', async () => {
    const run = await interrupted({
      hold: head,
      answers: { coder: [{ hold: head }, blockOfB] },
      by: { kind: 'redirect', to: 'coder', text: 'Do b again.', expect: 'any' },
    });
    expect(run.files).toEqual(both);
    expect(run.state.stages.map(({ role }) => role)).toEqual(['coder', 'coder']);
    expect(run.state.stages[0]?.attempts[0]?.skipped).toMatchObject([{ reason: 'open', path: 'src/b.ts' }]);
  });

  test('a redirect from the reviewer: the coder’s second visit changes one file, the other one stays', async () => {
    const roles = ['coder', 'reviewer'] as const;
    const approved = '{"issues": [], "verdict": "approved"}';
    const run = await interrupted({
      hold: '{"checked": ["It',
      roles,
      answers: {
        coder: [`${a}${blockOfB}`, '```ts src/a.ts\nA2\n```\n'],
        reviewer: [{ hold: '{"checked": ["It' }, approved],
      },
      by: { kind: 'redirect', to: 'coder', text: 'Mend a.', expect: 'any' },
    });
    expect(run.files).toEqual({ 'src/a.ts': 'A2\n', 'src/b.ts': b });
    expect(run.state.stages.map(({ role }) => role)).toEqual(['coder', 'reviewer', 'coder', 'reviewer']);
    expect(run.state.verdict).toBe('approved');
  });

  test.each(['stage', 'run'] as const)(
    'a cancel of the %s: what was closed is a file, what was open is none',
    async (target) => {
      const run = await interrupted({
        hold: head,
        answers: { coder: [{ hold: head }] },
        by: target === 'stage' ? { kind: 'cancel', target, expect: 'any' } : { kind: 'cancel', target },
      });
      expect(run.files).toEqual({ 'src/a.ts': 'A\n' });
      expect(run.state.stages[0]?.attempts[0]?.skipped).toMatchObject([{ reason: 'open', path: 'src/b.ts' }]);
    },
  );

  test('a coder whose visit before was whole says that nothing is to be changed', async () => {
    const run = await interrupted({
      hold: '{"checked"',
      roles: ['coder', 'reviewer'],
      answers: {
        coder: [`${a}${blockOfB}`, '```unchanged\n```\n'],
        reviewer: [{ hold: '{"checked"' }, '{"issues": [], "verdict": "approved"}'],
      },
      by: { kind: 'redirect', to: 'coder', text: 'Look again.', expect: 'any' },
    });
    expect(run.files).toEqual(both);
    expect(run.state.stages[2]?.attempts).toHaveLength(1);
  });
});
