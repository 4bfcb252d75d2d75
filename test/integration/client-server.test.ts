import { setTimeout as pause } from 'node:timers/promises';
import { StagewireError, type FeedEvent, type RunEvent } from '@stagewire/shared';
import { wireErrors } from '@stagewire/shared/wire-errors';
import { describe, expect, test } from 'vitest';
import { connect, type ConnectOptions } from '../../client/index.ts';
import { startApiServer } from '../support/api-server.ts';
import { createSeededChance } from '../support/seeded-random-ids.ts';
import { startTcpProxy } from '../support/tcp-proxy.ts';

// The client against the real router, transport and log, over scripted runs.

function client(port: number, options: Partial<ConnectOptions> = {}) {
  const backoff = { minDelayMs: 1, firstDelayMs: 10, maxDelayMs: 30 };
  return connect({
    url: `http://127.0.0.1:${port}`,
    backoff,
    random: createSeededChance(1).next,
    ...options,
  });
}

const textOf = (events: readonly RunEvent[]) =>
  events.flatMap((event) => (event.type === 'stage.delta' ? [event.text] : [])).join('');

describe('client and server', () => {
  test.each([1, 2])(
    'lose and repeat nothing while the wire is cut and the server asks to move (seed %i)',
    async (seed) => {
      const { next: random } = createSeededChance(seed);
      await using server = await startApiServer({ admission: { hosts: ['127.0.0.1'] } });
      await using proxy = await startTcpProxy({ targetPort: server.port });
      await using stagewire = client(proxy.port);
      const runId = await server.runs.begin();
      const read: RunEvent[] = [];
      const reading = (async () => {
        for await (const event of stagewire.run(runId).events()) read.push(event);
      })();
      let said = '';
      for (let turn = 0; turn < 200; turn += 1) {
        const texts = Array.from({ length: 1 + Math.floor(random() * 4) }, (_, at) => `${turn}.${at} `);
        said += texts.join('');
        await server.runs.say(runId, ...texts);
        // Real turns of the network, so that the wire is cut between messages and in the middle of them.
        await pause(random() * 4);
        if (random() < 0.08) proxy.reset();
        else if (random() < 0.05) server.server.announceReconnect(1);
      }
      await server.runs.finish(runId);
      await reading;
      let last = 0;
      for (const event of read) {
        expect(event.firstSeq ?? event.seq).toBe(last + 1);
        last = event.seq;
      }
      expect(textOf(read)).toBe(said);
      expect(proxy.accepted).toBeGreaterThan(5);
      expect(server.defects).toEqual([]);
    },
  );

  test('agree on calls, refusals and state', async () => {
    await using server = await startApiServer();
    await using stagewire = client(server.port);
    expect((await stagewire.info()).protocolVersion).toBe(2);
    const run = await stagewire.start({ task: 'write', labels: { team: 'a' } });
    expect(await run.snapshot()).toMatchObject({ status: 'queued', labels: { team: 'a' } });
    expect((await stagewire.list()).items.map(({ runId }) => runId)).toEqual([run.id]);
    await expect(stagewire.run('run_nobody-knows').result()).rejects.toMatchObject({ code: 'RUN_NOT_FOUND' });
    await expect(run.events({ from: '1-9-00000000' }).next()).rejects.toMatchObject({
      code: 'CURSOR_INVALID',
    });
    server.runs.refuseNext(wireErrors.STAGE_MISMATCH({ expected: { stage: 1 }, actual: null }));
    await expect(run.steer('shorter')).rejects.toMatchObject({
      code: 'STAGE_MISMATCH',
      details: { expected: { stage: 1 }, actual: null },
    });
    const { receipt } = await run.steer('shorter', { mode: 'next' });
    expect(server.runs.commands.at(-1)).toEqual({
      kind: 'steer',
      runId: run.id,
      commandId: receipt.commandId,
      text: 'shorter',
      mode: 'next',
      scope: 'run',
      expect: 'any',
    });
  });

  test('agree on the feed', async () => {
    await using server = await startApiServer({ admission: { hosts: ['127.0.0.1'] } });
    await using proxy = await startTcpProxy({ targetPort: server.port });
    await using stagewire = client(proxy.port);
    const read: FeedEvent[] = [];
    const feed = stagewire.feed({ text: true });
    read.push((await feed.next()).value as FeedEvent);
    const runId = await server.runs.begin();
    await server.runs.say(runId, 'one ');
    proxy.reset();
    await server.runs.say(runId, 'two');
    await server.runs.finish(runId);
    for await (const event of feed) {
      read.push(event);
      if (event.type === 'run.completed') break;
    }
    expect(read[0]?.type).toBe('feed.opened');
    const mine = read.slice(1) as RunEvent[];
    expect(textOf(mine)).toBe('one two');
    expect(mine.map(({ seq }) => seq)).toEqual(mine.map(({ seq }) => seq).toSorted((a, b) => a - b));
  });

  test('part for good when the server does not know who asks', async () => {
    const unknown = new StagewireError('UNAUTHENTICATED', 'Say who you are.');
    await using server = await startApiServer({
      limits: { refusalGraceMs: 50 },
      identify: () => {
        throw unknown;
      },
    });
    await using stagewire = client(server.port);
    await expect(stagewire.list()).rejects.toMatchObject({
      code: 'UNAUTHENTICATED',
      message: unknown.message,
    });
    await expect(stagewire.feed().next()).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    await expect.poll(() => stagewire.connection.status).toBe('refused');
    expect(stagewire.connection.error?.message).toBe(unknown.message);
    await expect(stagewire.run('run_anything-else').result()).rejects.toMatchObject({
      code: 'UNAUTHENTICATED',
    });
  });
});
