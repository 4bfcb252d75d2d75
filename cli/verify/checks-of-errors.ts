import type { Frame } from './bare-wire.ts';
import type { Check } from './check.ts';
import { matchesErrorTable, rejectedWith } from './rejections.ts';
import { stalled } from './checks-of-commands.ts';

/** Section 14: every error that can be provoked has the form of its row. */
export const checksOfErrors: readonly Check[] = [
  {
    rule: '§14',
    name: 'every error has the numbers of its row, a message, and no internals of the server',
    async run(kit) {
      const { wire, runId, events } = await stalled(kit);
      const commandId = kit.newCommandId();
      const refusals: readonly [string, Promise<Frame>][] = [
        ['INVALID_INPUT', wire.ask('mutation', 'runs.start', {})],
        ['UNKNOWN_PROCEDURE', wire.ask('query', 'runs.nothing')],
        ['RUN_NOT_FOUND', wire.ask('query', 'runs.get', { runId: kit.newRunId() })],
        ['RUN_ID_CONFLICT', wire.ask('mutation', 'runs.start', { runId, task: 'Another' })],
        ['STAGE_MISMATCH', kit.command(wire, 'runs.steer', { runId, expect: { stage: 9 } })],
        ['ILLEGAL_TARGET', kit.command(wire, 'runs.redirect', { runId, to: 'wizard', expect: 'any' })],
        [
          'TOO_LARGE',
          kit.command(wire, 'runs.cancel', { runId, target: 'run', reason: 'x'.repeat(1_000_000) }),
        ],
        [
          'CURSOR_INVALID',
          wire
            .subscribe('runs.events', { runId }, 'garbage')
            .rejection()
            .then((error) => ({ error })),
        ],
      ];
      // If one fails, the others must not fail later without being awaited.
      await Promise.allSettled(refusals.map(([, frame]) => frame));
      for (const [code, frame] of refusals) matchesErrorTable(rejectedWith(await frame, code));
      await kit.command(wire, 'runs.cancel', { runId, commandId, target: 'run' });
      const other = kit.command(wire, 'runs.cancel', {
        runId,
        commandId,
        target: 'run',
        reason: 'another body',
      });
      matchesErrorTable(rejectedWith(await other, 'COMMAND_ID_CONFLICT'));
      await events.ended();
      matchesErrorTable(
        rejectedWith(await kit.command(wire, 'runs.cancel', { runId, target: 'run' }), 'RUN_ENDED'),
      );
    },
  },
];
