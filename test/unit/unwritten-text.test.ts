import { expect, test } from 'vitest';
import type { EventBody } from '@stagewire/shared';
import { startModelCall } from '../../server/runs/execute/model-call.ts';
import { createWriteBuffer } from '../../server/runs/execute/write-buffer.ts';
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

const charsOf = (bodies: readonly EventBody[]) =>
  bodies.reduce((sum, body) => sum + ('text' in body ? String(body.text).length : 0), 0);

test('a stream is not read on while too much of it waits for the log, and is read on behind it', async () => {
  const it = open(5000);
  await it.clock.runTurns();
  for (let piece = 0; piece < 50; piece += 1) it.say('x'.repeat(100));
  await it.clock.runTurns();
  expect(charsOf(it.buffer.take())).toBe(1000);
  await it.clock.runTurns();
  expect(charsOf(it.buffer.take())).toBe(1000);
  await it.clock.runTurns();
  it.modelCall.abort();
  await it.clock.advance(300);
  expect((await it.modelCall.done).status).toBe('aborted');
  expect(charsOf(it.buffer.take())).toBe(1000);
});
