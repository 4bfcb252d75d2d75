import type { ConnectionState, Stagewire } from '@stagewire/client';
import { wireErrors } from '@stagewire/shared/wire-errors';
import { expect, test } from 'vitest';
import { noteConnection } from '../../cli/forward/note-connection.ts';
import { createFakeClock } from '../support/fake-clock.ts';

function scene() {
  const clock = createFakeClock();
  const notes: string[] = [];
  let listener: (state: ConnectionState) => void = () => {};
  const client = {
    onConnection(added: typeof listener) {
      listener = added;
      return () => (listener = () => {});
    },
  } as unknown as Stagewire;
  const stop = noteConnection(client, { clock, note: (line) => notes.push(line) });
  const change = (status: ConnectionState['status'], error?: ConnectionState['error']) =>
    listener({ status, since: 0, transport: 'ws', ...(error !== undefined && { error }) });
  return { clock, notes, stop, change };
}

test('a problem that lasts is reported again, ever less often, and its end once', async () => {
  const { clock, notes, change } = scene();
  change('connecting');
  change('open');
  expect(notes).toEqual([]);
  change('lost');
  change('lost');
  expect(notes).toEqual(['Connection to the server lost; reconnecting.']);
  await clock.advance(10_000);
  await clock.advance(20_000);
  expect(notes.slice(1)).toEqual([
    'Connection to the server lost; reconnecting. (For 10 s now.)',
    'Connection to the server lost; reconnecting. (For 30 s now.)',
  ]);
  // At most five minutes apart.
  await clock.advance(3_600_000);
  const perHour = notes.length - 3;
  expect(perHour).toBeGreaterThanOrEqual(12);
  expect(perHour).toBeLessThan(20);
  change('open');
  expect(notes.at(-1)).toBe('Reconnected to the server.');
  const before = notes.length;
  await clock.advance(3_600_000);
  expect(notes.length).toBe(before);
  expect(clock.pendingTimers).toBe(0);
});

test('its explanation is reported when it is known, and counts as the same problem', async () => {
  const { clock, notes, change, stop } = scene();
  change('connecting');
  change('lost');
  await clock.advance(4000);
  change('lost', wireErrors.OVERLOADED.subscriptions(5));
  await clock.advance(10_000);
  expect(notes).toHaveLength(3);
  expect(notes[1]).toMatch(/ Retrying\.$/);
  expect(notes[2]).toBe(`${notes[1]} (For 14 s now.)`);
  stop();
  await clock.advance(100_000);
  expect(notes).toHaveLength(3);
  expect(clock.pendingTimers).toBe(0);
});
