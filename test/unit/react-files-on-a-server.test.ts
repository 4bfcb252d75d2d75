import { fold, type EventBody, type RunEvent, type RunState } from '@stagewire/shared';
import { createElement, type ReactNode } from 'react';
import { renderToString } from 'react-dom/server';
import { expect, test } from 'vitest';
import { connect } from '../../client/index.ts';
import {
  StagewireProvider,
  useFileVersions,
  useRunFile,
  useRunFiles,
  useUnfinishedFiles,
} from '../../client/react/index.ts';
import { createRunScript, queuedBody } from '../support/run-script.ts';

const usage = { inputTokens: 0, outputTokens: 0, reasoningTokens: 0, source: 'final' } as const;

test('a server renders files, versions and unfinished files from a state, without a connection', async () => {
  const initial = stateOf([
    queuedBody(),
    { type: 'input.recorded', path: 'given.md', text: 'as given' },
    ...writes(1, 'one'),
    {
      type: 'stage.completed',
      ...of(1),
      chars: 3,
      usage,
      finishReason: 'stop',
      ttftMs: 1,
      durationMs: 1,
    },
    started(2),
    { type: 'stage.delta', ...of(2), offset: 0, text: '```ts src/b.ts\nconst b' },
  ]);
  const { runId } = initial;
  function Shown(): ReactNode {
    const files = useRunFiles(runId, { initial });
    const before = useRunFiles(runId, { initial, at: 'given' });
    const { versions } = useFileVersions(runId, 'a.ts', { initial });
    const unfinished = useUnfinishedFiles(runId, { initial });
    const past = useRunFile(runId, 'a.ts', { stage: 1, attempt: 1 });
    return JSON.stringify([
      files?.map(({ path }) => path),
      before?.map(({ path }) => path),
      versions.map(({ stage, text }) => [stage, text]),
      unfinished.map(({ path, text }) => [path, text]),
      [past.status, past.file?.text],
    ]);
  }
  await using client = connect({ url: 'http://127.0.0.1:9' });
  const html = renderToString(createElement(StagewireProvider, { client, children: createElement(Shown) }));
  expect(JSON.parse(html.replaceAll('&quot;', '"'))).toEqual([
    ['given.md', 'a.ts'],
    ['given.md'],
    [[1, 'one']],
    [['src/b.ts', 'const b']],
    ['ready', 'one'],
  ]);
  expect(client.connection.status).toBe('idle');
});

function of(stage: number) {
  return { stage, role: 'coder', attempt: 1 };
}

function started(stage: number): EventBody {
  const more = { model: 'rehearsal', format: 'code' as const, commandIds: [], keptChars: 0 };
  return { type: 'stage.started', ...of(stage), ...more, cause: 'plan' };
}

function writes(stage: number, text: string): EventBody[] {
  return [
    started(stage),
    { type: 'stage.delta', ...of(stage), offset: 0, text },
    {
      type: 'artifact.recorded',
      ...of(stage),
      path: 'a.ts',
      language: 'ts',
      parts: [{ offset: 0, chars: text.length }],
    },
  ];
}

function stateOf(bodies: readonly EventBody[]): RunState {
  const events: readonly RunEvent[] = createRunScript('run_server').next(...bodies).events;
  const state = events.reduce<RunState | undefined>(fold, undefined);
  if (state === undefined) throw new Error('no events');
  return state;
}
