import { formatCursor, type StartReceipt } from '@stagewire/shared';
import { expect, test } from 'vitest';
import { startComposedServer } from '../support/composed-server.ts';
import { openFollowSocket } from '../support/follow-socket.ts';
import { createLedger } from '../support/ledger.ts';
import { createSeededChance } from '../support/seeded-random-ids.ts';
import { eventually, sizes, timeoutMs } from './sizes.ts';

// G5: a cursor that is not one of this run is told, and harms nothing else.
// Seen red with: the position was not looked up in the log.

test('every bad cursor is CURSOR_INVALID on a socket that stays usable', { timeout: timeoutMs }, async () => {
  const { next: random } = createSeededChance(5);
  await using server = await startComposedServer();
  await using socket = await openFollowSocket(server.port);
  const model = 'rehearsal/ttft=0,tps=100,chars=40000';
  const start = async () => {
    const { runId } = await socket.call<StartReceipt>('mutation', 'runs.start', {
      task: 'Place',
      models: { default: model },
    });
    return createLedger(runId);
  };
  const ledger = await start();
  const other = await start();
  for (const one of [ledger, other]) {
    void socket.follow(one);
    await expect.poll(() => one.seq, eventually).toBeGreaterThan(5);
  }
  const { runId } = ledger;
  const good = ledger.cursor ?? '';
  const [epoch = '', seq = '', hash = ''] = good.split('-');
  const noise = () =>
    Array.from({ length: 1 + Math.floor(random() * 40) }, () =>
      String.fromCharCode(random() * (random() < 0.8 ? 128 : 65_536)),
    ).join('');
  const bad = [
    // Ahead of the log, by more than it can have grown meanwhile; of an epoch that is not, or not there.
    `${epoch}-${Number(seq) + 1_000_000}-${hash}`,
    formatCursor(runId, { epoch: 1, seq: 999_999_999_999_999 }),
    formatCursor(runId, { epoch: 2, seq: Number(seq) }),
    formatCursor(runId, { epoch: 2, seq: 1_000_000 }),
    `${epoch}--${seq}-${hash}`,
    `-${good}`,
    `0-${seq}-${hash}`,
    `${epoch}-0-${hash}`,
    `${epoch}-1e1-${hash}`,
    `${epoch}-1.5-${hash}`,
    `${epoch}-9007199254740993-${hash}`,
    `${epoch}-${seq}`,
    `${epoch}-${seq}-00000000`,
    `${good} `,
    ` ${good}`,
    `${good}\n`,
    good.toUpperCase() === good ? `x${good}` : good.toUpperCase(),
    other.cursor ?? '',
    'feed-3',
    '',
    'null',
    '../../etc/passwd',
    `' OR 1=1 --`,
    '\u0000',
    '\ud800',
    '9'.repeat(1_000_000),
    'x'.repeat(1_000_000),
    ...Array.from({ length: sizes.idempotent.sends }, noise),
  ];

  for (const lastEventId of bad) {
    const refused = socket.subscribe('runs.events', { runId, lastEventId }, () => {
      throw new Error(`an event came behind the cursor ${JSON.stringify(lastEventId)}`);
    });
    await expect(refused, JSON.stringify(lastEventId.slice(0, 60))).rejects.toMatchObject({
      code: 'CURSOR_INVALID',
      retryable: false,
    });
  }

  // The subscriptions that were there go on, and a good cursor is still good.
  expect(socket.socket.readyState).toBe(socket.socket.OPEN);
  const before = ledger.seq;
  await expect.poll(() => ledger.seq, eventually).toBeGreaterThan(before);
  const behind: string[] = [];
  void socket.subscribe('runs.events', { runId, lastEventId: good }, (_event, cursor) => behind.push(cursor));
  await expect.poll(() => behind.length, eventually).toBeGreaterThan(0);
  expect([...ledger.breaches, ...other.breaches]).toEqual([]);
  expect(server.defects).toEqual([]);
});
