import { expect } from 'vitest';
import type { DurableEvent, StartInput } from '@stagewire/shared';
import { createMemoryLog } from '../../server/log/memory.ts';
import { checkRun } from './check-run.ts';
import { createEngine } from './engine.ts';
import { createFakeClock } from './fake-clock.ts';
import { answer, scene, type Scene } from './scene.ts';
import { createScriptedProvider } from './scripted-provider.ts';

export const approved = '{"checked":[],"issues":[],"verdict":"approved"}';
export const file = (path: string, text: string) => `\`\`\`ts ${path}\n${text}\n\`\`\`\n`;
export const crew = { pipeline: { roles: ['architect', 'coder', 'reviewer'] } };
/** The answers of a whole run of `crew`. */
export const whole = ['# Design\n\nOne module.', file('a.ts', 'A1'), approved];

export type From = NonNullable<StartInput['from']>;

/** Starts a run from that of the scene, and lets it begin. */
export async function startFrom(
  at: Scene,
  from: Omit<From, 'runId'>,
  more: Partial<StartInput> = {},
): Promise<Scene> {
  const runId = await at.engine.start({ ...more, from: { runId: at.runId, ...from } });
  await at.engine.clock.runTurns();
  return { ...at, runId };
}

export const stateOf = (at: Scene) => at.engine.state(at.runId);
/** The prompt of the latest call. */
export const sent = ({ provider }: Scene) =>
  provider.call.request.messages.map(({ text }) => text).join('\n');
export const roleCalled = ({ provider }: Scene) => provider.call.request.rehearsal.role;

/** Checks the whole log of an ended run. */
export async function expectLawful(at: Scene): Promise<readonly DurableEvent[]> {
  const entries = await at.engine.log.read(at.runId, { after: 0, limit: 1_000_000 });
  checkRun(entries);
  return entries.map(({ event }) => event);
}

/** A run whose coder has failed, with nothing of it kept. */
export async function failedCoder(input: Partial<StartInput> = crew): Promise<Scene> {
  const at = await scene(['# Design\n\nOne module.'], input);
  at.provider.call.say('Half a fi');
  at.provider.call.fail('PROVIDER_AUTH', { retryable: false });
  await at.engine.clock.runTurns();
  expect((await stateOf(at)).status).toBe('failed');
  return at;
}

/** A completed run on a server that executes one run at a time, and that is busy with another. */
export async function busyScene(): Promise<Scene & { readonly blocker: Scene }> {
  const clock = createFakeClock();
  const provider = createScriptedProvider();
  const engine = createEngine({ provider, clock, log: createMemoryLog({ clock }), maxRunningRuns: 1 });
  const first = { provider, engine, runId: await engine.start({ ...crew, task: 'A stack' }) };
  await answer(first, ...whole);
  const blocker = { ...first, runId: await engine.start(crew) };
  await clock.runTurns();
  return { ...first, blocker };
}
