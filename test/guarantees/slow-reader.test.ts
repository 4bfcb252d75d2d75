import type { RunEvent, StartReceipt } from '@stagewire/shared';
import { expect, test } from 'vitest';
import { openFollowSocket } from '../support/follow-socket.ts';
import { createLedger } from '../support/ledger.ts';
import { startMeasuredProcess } from '../support/measured-process.ts';
import { createProviderServer } from '../support/provider-server.ts';
import { openSlowLink } from '../support/slow-link.ts';
import { sizes, timeoutMs } from './sizes.ts';

// G10: a slow reader harms nobody.
// Seen red with: events were sent without waiting for the socket.

const fastReaders = 10;
const mebibyte = 1024 * 1024;
/** So long that no two are merged into one event: otherwise what is kept for the readers would vary with their luck. */
const tokenChars = 40_000;
const tokens = Math.ceil((sizes.slowReader.megabytes * mebibyte) / tokenChars);

test(
  'a reader of 1 KB/s beside ten fast ones costs the server 2 MiB at most, and healed it has every seq',
  { timeout: timeoutMs },
  async () => {
    await using provider = await createProviderServer({
      answer: {
        tokens: Array.from({ length: tokens }, (_, n) => String(n).padEnd(tokenChars, '.')),
        pace: { tokenMs: 1 },
        // All is said and the run still runs: the server holds just what it holds for a live run.
        fault: { kind: 'stall', afterDeltas: tokens },
      },
    });
    await using server = await startMeasuredProcess({
      env: { COMPATIBLE_BASE_URL: `${provider.url}/v1`, STAGEWIRE_MODEL: 'compatible/test-model' },
    });

    await heldDuringRun(false);
    const without = await heldDuringRun(false);
    const beside = await heldDuringRun(true);
    expect((beside - without) / mebibyte).toBeLessThan(2);

    async function heldDuringRun(withSlowReader: boolean): Promise<number> {
      await using commander = await openFollowSocket(server.port);
      const { runId } = await commander.call<StartReceipt>('mutation', 'runs.start', { task: 'Read' });
      const said = new Map<number, number>();
      const fast = await Promise.all(
        Array.from({ length: fastReaders }, async (_, who) => {
          const socket = await openFollowSocket(server.port);
          const ledger = createLedger(runId, { keepsEvents: false });
          const ended = socket.subscribe('runs.events', { runId }, (event: RunEvent, cursor) => {
            ledger.apply(event, cursor);
            if (event.type === 'stage.delta') said.set(who, event.offset + event.text.length);
          });
          return { socket, ledger, ended };
        }),
      );
      const link = withSlowReader ? openSlowLink(server.port, 1024) : undefined;
      const slow =
        link && (await openFollowSocket(server.port, { createConnection: () => link.stream as never }));
      const slowLedger = createLedger(runId, { keepsEvents: false });
      const slowEnded = slow?.follow(slowLedger);

      await expect
        .poll(() => Math.min(...Array.from({ length: fastReaders }, (_, who) => said.get(who) ?? 0)), {
          timeout: timeoutMs,
        })
        .toBe(tokens * tokenChars);
      const { heldBytes, unsentBytes } = await server.measure();
      // It is still at the beginning: had the kernels swallowed the whole, nothing would be proved.
      expect(slowLedger.seq).toBeLessThan(10);

      link?.heal();
      const cancel = { runId, commandId: crypto.randomUUID(), target: 'run' };
      await commander.call('mutation', 'runs.cancel', cancel);
      await Promise.all([slowEnded, ...fast.map(({ ended }) => ended)]);
      for (const { socket, ledger } of fast) {
        expect(ledger.breaches).toEqual([]);
        expect(ledger.terminal?.type).toBe('run.cancelled');
        await socket[Symbol.asyncDispose]();
      }
      if (slow !== undefined) {
        expect(slowLedger.breaches).toEqual([]);
        expect(slowLedger.terminal).toEqual(fast[0]?.ledger.terminal);
        await slow[Symbol.asyncDispose]();
      }
      return heldBytes + unsentBytes;
    }
  },
);
