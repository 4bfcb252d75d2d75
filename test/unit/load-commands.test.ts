import type { RunEvent } from '@stagewire/shared';
import { expect, test } from 'vitest';
import { createFigures } from '../../cli/load/figures.ts';
import type { LoadContext } from '../../cli/load/load-context.ts';
import { createRunCommands } from '../../cli/load/run-commands.ts';
import { createFakeClock } from '../support/fake-clock.ts';

const delta = (seq: number, firstSeq?: number) =>
  ({
    type: 'stage.delta',
    seq,
    stage: 1,
    attempt: 1,
    ...(firstSeq !== undefined && { firstSeq }),
  }) as RunEvent;

test('a command is due in the middle of merged text, and is sent once', async () => {
  const figures = createFigures();
  const sent: string[] = [];
  const run = {
    cancel: () => {
      sent.push('cancel');
      return Promise.resolve({});
    },
  };
  const context = {
    nowMs: () => 0,
    newId: () => 'id',
    addresses: [{ url: '', token: undefined, figures, control: { run: () => run } }],
    clock: createFakeClock(),
  } as unknown as LoadContext;
  const commands = createRunCommands(context, {
    runId: 'run_1',
    plan: {
      number: 0,
      start: { task: 'x' },
      subscribers: ['steady'],
      commands: [
        { at: { afterMessages: 10 }, send: { kind: 'cancel', target: 'stage' } },
        { at: { afterMessages: 30 }, send: { kind: 'cancel', target: 'run' } },
      ],
      random: () => 0,
    },
    timestamps: { startedAtMs: 0, commands: new Map() },
  });

  commands.onEvent(delta(1));
  commands.onEvent(delta(9, 2));
  expect(sent).toEqual([]);
  commands.onEvent(delta(25, 10));
  commands.onEvent(delta(26));
  await commands.settle();
  expect(sent).toEqual(['cancel']);
  expect(figures.counted('commands_too_late')).toBe(1);
});
