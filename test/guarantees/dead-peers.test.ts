import type { StartReceipt } from '@stagewire/shared';
import { expect, test } from 'vitest';
import { connect } from '../../client/index.ts';
import { startComposedServer } from '../support/composed-server.ts';
import { openFollowSocket } from '../support/follow-socket.ts';
import { createLedger } from '../support/ledger.ts';
import { createProviderServer } from '../support/provider-server.ts';
import { startTcpProxy } from '../support/tcp-proxy.ts';
import { eventually, timeoutMs } from './sizes.ts';

// G11: a stalled or dead peer is found. The deadlines are shortened; unshortened, neither test would end in time.
// Seen red with: no deadline for a backed-up reader; no pings.

test(
  'a reader that reads nothing for ever is let go, with all that was queued for it',
  { timeout: timeoutMs },
  async () => {
    await using provider = await createProviderServer({
      answer: {
        tokens: Array.from({ length: 2000 }, (_, n) => String(n).padEnd(8192, '.')),
        fault: { kind: 'stall', afterDeltas: 2000 },
      },
    });
    await using server = await startComposedServer({
      env: { COMPATIBLE_BASE_URL: `${provider.url}/v1`, STAGEWIRE_MODEL: 'compatible/test-model' },
      limits: { slowReaderMs: 700, terminateAfterMs: 100 },
    });
    await using reader = await openFollowSocket(server.port);
    const { runId } = await reader.call<StartReceipt>('mutation', 'runs.start', { task: 'Stall' });
    await using stalled = await openFollowSocket(server.port);
    stalled.socket.pause();
    void stalled.follow(createLedger(runId));
    const ledger = createLedger(runId, { keepsEvents: false });
    void reader.follow(ledger);
    await expect.poll(() => server.http.connectionCount, eventually).toBe(2);

    await expect.poll(() => server.http.unsentBytes, eventually).toBeGreaterThan(256 * 1024);
    await expect.poll(() => server.http.connectionCount, eventually).toBe(1);

    expect(server.http.unsentBytes).toBeLessThan(256 * 1024);
    const before = ledger.phases.size;
    // Who reads goes on hearing.
    await expect.poll(() => ledger.phases.size, eventually).toBeGreaterThanOrEqual(Math.max(1, before));
    expect(ledger.breaches).toEqual([]);
    stalled.socket.resume();
    expect([4429, 1006]).toContain(await stalled.closed);
  },
);

test(
  'a peer that is gone without a word is let go, and comes back with its cursor',
  { timeout: timeoutMs },
  async () => {
    await using server = await startComposedServer({ limits: { pingMs: 150, pongWaitMs: 250 } });
    await using proxy = await startTcpProxy({ targetPort: server.port });
    await using far = connect({
      url: `http://127.0.0.1:${proxy.port}`,
      pingIntervalMs: 200,
      pongTimeoutMs: 200,
      closeTimeoutMs: 100,
      openTimeoutMs: 300,
      backoff: { minDelayMs: 10, firstDelayMs: 100, maxDelayMs: 200 },
    });
    await using near = connect({ url: `http://127.0.0.1:${server.port}` });
    const run = await near.start({
      task: 'Hole',
      models: { default: 'rehearsal/ttft=0,tps=100,chars=600' },
      pipeline: { roles: ['architect', 'documenter'] },
    });
    const ledger = createLedger(run.id);
    const events = far.run(run.id).events();
    const reading = (async () => {
      for await (const event of events) ledger.apply(event, events.cursor ?? '');
    })();
    const result = run.result();
    await expect.poll(() => ledger.seq, eventually).toBeGreaterThan(10);
    expect(server.http.connectionCount).toBe(2);

    proxy.blackHole();
    // Nothing tells the server: the wire swallows the FIN of the client, which notices by itself.
    await expect.poll(() => server.http.connectionCount, eventually).toBe(1);
    await result;
    proxy.heal();

    await reading;
    expect(ledger.breaches).toEqual([]);
    expect(ledger.terminal?.type).toBe('run.completed');
  },
);
