import { expect, test } from 'vitest';
import type { EventBody } from '@stagewire/shared';
import { startModelCall } from '../../server/runs/execute/model-call.ts';
import { createWriteBuffer, type WriteBuffer } from '../../server/runs/execute/write-buffer.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { createScriptedProvider, type ScriptedCall } from '../support/scripted-provider.ts';

function open(maxUnwrittenBytes: number) {
  const clock = createFakeClock();
  const buffer = createWriteBuffer({ maxJoinedChars: 100, maxUnwrittenBytes });
  let call: ScriptedCall | undefined;
  const modelCall = startModelCall({
    stage: 1,
    role: 'coder',
    attempt: 1,
    provider: createScriptedProvider({ onCall: (opened) => (call = opened) }),
    request: { model: 'scripted', system: '', messages: [], rehearsal: { role: 'coder' } } as never,
    clock,
    keptChars: 0,
    notesIssues: false,
    abortGraceMs: 250,
    heartbeatMs: 1000,
    onOutput: (body) => buffer.add(body),
    drained: buffer.drained,
  });
  return { clock, buffer, modelCall, say: (text: string) => call?.say(text) };
}

/** Appends what waits. */
function write(buffer: WriteBuffer): number {
  const taken = buffer.take();
  buffer.settle();
  return charsOf(taken);
}

const charsOf = (bodies: readonly EventBody[]) =>
  bodies.reduce((sum, body) => sum + ('text' in body ? String(body.text).length : 0), 0);

/** Accepts charges up to a limit. */
function chargeUpTo(limitBytes: number) {
  let bytes = 0;
  const charge = (added: number) => {
    if (added > 0 && bytes + added > limitBytes) return false;
    bytes += added;
    return true;
  };
  return Object.assign(charge, { heldBytes: () => bytes });
}

const delta = (offset: number, text: string): EventBody => ({
  type: 'stage.delta',
  stage: 1,
  role: 'coder',
  attempt: 1,
  offset,
  text,
});

// Seen red with: a `settle` that releases nothing; a `take` that counts as written.
test('output whose append is in progress counts until the append has ended', async () => {
  const buffer = createWriteBuffer({ maxJoinedChars: 100, maxUnwrittenBytes: 5000 });
  buffer.add(delta(0, 'x'.repeat(3000)));
  const drained = buffer.drained();
  expect(charsOf(buffer.take())).toBe(3000);
  expect(buffer.drained()).toBe(drained);
  buffer.settle();
  await drained;
  expect(buffer.drained()).toBeUndefined();
});

test('without memory for the unwritten output of all runs a run waits for its own to be written', async () => {
  const charge = chargeUpTo(300_000);
  const create = () => createWriteBuffer({ maxJoinedChars: 100, chargeUnwritten: charge });
  const [large, small, late] = [create(), create(), create()];
  large.add(delta(0, 'x'.repeat(130_000)));
  expect(large.drained()).toBeUndefined();
  expect(charge.heldBytes()).toBeGreaterThan(240_000);
  small.add(delta(0, 'x'.repeat(5000)));
  late.add(delta(0, 'x'.repeat(40_000)));
  // What every run may have is not charged: few tokens of many runs never wait.
  expect(small.drained()).toBeUndefined();
  const drained = late.drained();
  expect(drained).toBeInstanceOf(Promise);
  late.take();
  late.settle();
  await drained;
  large.clear();
  small.clear();
  expect(charge.heldBytes()).toBe(0);
});

test('a stream is not read on while too much of it waits for the log, and is read on behind it', async () => {
  const it = open(5000);
  await it.clock.runTurns();
  for (let piece = 0; piece < 50; piece += 1) it.say('x'.repeat(100));
  await it.clock.runTurns();
  expect(write(it.buffer)).toBe(1000);
  await it.clock.runTurns();
  expect(write(it.buffer)).toBe(1000);
  await it.clock.runTurns();
  it.modelCall.abort();
  await it.clock.advance(300);
  expect((await it.modelCall.done).status).toBe('aborted');
  expect(write(it.buffer)).toBe(1000);
});
