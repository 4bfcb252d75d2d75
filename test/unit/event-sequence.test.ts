import { formatCursor, type RunEvent } from '@stagewire/shared';
import { describe, expect, test } from 'vitest';
import { createDeliveryLedger } from '../../cli/load/delivery-ledger.ts';
import { createWireTap } from '../../cli/load/wire-tap.ts';
import { createEventSequence } from '@stagewire/shared/invariants/event-sequence';

const runId = 'run_ledger-0001';
const at = '2026-01-01T00:00:00.000Z';
const clean = { lost: 0, duplicated: 0, afterEnd: false, misplaced: false };

function event(type: string, seq: number, more: object = {}): RunEvent {
  return {
    type,
    runId,
    seq,
    at,
    stage: 1,
    role: 'coder',
    attempt: 1,
    offset: 0,
    text: 'x',
    ...more,
  } as RunEvent;
}

describe('the book of a subscription', () => {
  test('is clean where firstSeq ?? seq is always the last seq + 1', () => {
    const ledger = createEventSequence(4);
    for (const one of [
      event('stage.delta', 9, { firstSeq: 5 }),
      event('stage.waiting', 9),
      event('stage.delta', 10),
    ]) {
      expect(ledger.enter(one)).toEqual(clean);
    }
    expect(ledger.lastSeq).toBe(10);
  });

  test('counts what is missing, once', () => {
    const ledger = createEventSequence(0);
    ledger.enter(event('run.queued', 1));
    expect(ledger.enter(event('stage.delta', 8, { firstSeq: 5 }))).toEqual({ ...clean, lost: 3 });
    expect(ledger.enter(event('stage.delta', 9))).toEqual(clean);
  });

  test('counts what comes again, in part or as a whole', () => {
    const ledger = createEventSequence(5);
    expect(ledger.enter(event('stage.delta', 7, { firstSeq: 4 }))).toEqual({ ...clean, duplicated: 2 });
    expect(ledger.enter(event('stage.delta', 7))).toEqual({ ...clean, duplicated: 1 });
    expect(ledger.enter(event('stage.delta', 8))).toEqual(clean);
  });

  test('knows what comes after an end: anything after the run’s, text after an attempt’s', () => {
    const ledger = createEventSequence(0);
    expect(ledger.enter(event('stage.completed', 1))).toEqual(clean);
    expect(ledger.enter(event('stage.delta', 2))).toEqual({ ...clean, afterEnd: true });
    expect(ledger.enter(event('stage.delta', 3, { attempt: 2 }))).toEqual(clean);
    expect(ledger.enter(event('run.cancelled', 4))).toEqual(clean);
    expect(ledger.enter(event('command.dropped', 5))).toEqual({ ...clean, afterEnd: true });
  });
});

describe('the tap on a wire', () => {
  function tap() {
    const seen: unknown[] = [];
    const wire = createWireTap(
      createDeliveryLedger({
        onEvent: ({ seq }, { lost, duplicated }) => seen.push([seq, lost, duplicated]),
      }),
    );
    const subscribe = (id: number, lastEventId?: string) =>
      wire.sent(
        JSON.stringify([
          { id, method: 'subscription', params: { path: 'runs.events', input: { runId }, lastEventId } },
        ]),
      );
    const receive = (id: number, seq: number) =>
      wire.received(
        JSON.stringify({
          id,
          result: { type: 'data', id: 'c', data: { id: 'c', data: event('stage.delta', seq) } },
        }),
      );
    return { wire, seen, subscribe, receive };
  }

  // Seen red with one tap for both: during a drain the old socket delivers what it has while the next one is subscribed.
  test('does not count what the socket before still delivers as sent again', () => {
    const seen: unknown[] = [];
    const ledger = createDeliveryLedger({
      onEvent: ({ seq }, { lost, duplicated, staleEpoch }) => seen.push([seq, lost, duplicated, staleEpoch]),
    });
    const [before, next] = [createWireTap(ledger), createWireTap(ledger)];
    const subscribe = (wire: typeof next, lastEventId?: string) =>
      wire.sent(
        JSON.stringify({ id: 1, method: 'subscription', params: { path: 'runs.events', lastEventId } }),
      );
    const receive = (wire: typeof next, epoch: number, seq: number) => {
      const id = formatCursor(runId, { epoch, seq });
      wire.received(
        JSON.stringify({ id: 1, result: { type: 'data', data: { id, data: event('stage.delta', seq) } } }),
      );
    };
    subscribe(before);
    receive(before, 1, 1);
    subscribe(next, formatCursor(runId, { epoch: 1, seq: 1 }));
    receive(next, 1, 2);
    receive(next, 2, 3);
    receive(before, 1, 2);
    receive(next, 2, 3);
    expect(seen).toEqual([
      [1, 0, 0, false],
      [2, 0, 0, false],
      [3, 0, 0, false],
      [2, 0, 0, false],
      [3, 0, 1, false],
    ]);
  });

  test('begins a book anew where a subscription goes on behind a cursor', () => {
    const { seen, subscribe, receive } = tap();
    subscribe(1);
    receive(1, 1);
    receive(1, 2);
    subscribe(1, formatCursor(runId, { epoch: 1, seq: 2 }));
    receive(1, 3);
    receive(1, 5);
    expect(seen).toEqual([
      [1, 0, 0],
      [2, 0, 0],
      [3, 0, 0],
      [5, 1, 0],
    ]);
  });

  test('an event of an earlier epoch is stale, also on the next connection', () => {
    const stale: boolean[] = [];
    const wire = createWireTap(
      createDeliveryLedger({ onEvent: (_event, { staleEpoch }) => stale.push(staleEpoch) }),
    );
    const take = (epoch: number, seq: number) => {
      const id = formatCursor(runId, { epoch, seq });
      const data = { id, data: event('stage.delta', seq) };
      wire.received(JSON.stringify({ id: 1, result: { type: 'data', id, data } }));
    };
    const subscribe = (lastEventId?: string) => {
      const params = { path: 'runs.events', input: { runId }, lastEventId };
      wire.sent(JSON.stringify({ id: 1, method: 'subscription', params }));
    };
    subscribe();
    take(1, 1);
    take(2, 2);
    subscribe(formatCursor(runId, { epoch: 2, seq: 2 }));
    take(1, 3);
    take(2, 4);
    expect(stale).toEqual([false, false, true, false]);
  });

  test('passes over what is no event', () => {
    const { wire, seen, receive } = tap();
    wire.sent('PING');
    wire.received('PONG');
    wire.received('{"id":1,"result":{"type":"started"}}');
    receive(7, 1);
    expect(seen).toEqual([]);
  });
});
