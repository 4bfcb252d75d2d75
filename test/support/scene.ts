import { expect } from 'vitest';
import { StagewireError, type StartInput } from '@stagewire/shared';
import { bodyOf, createEngine, settle, type CommandDraft, type Engine } from './engine.ts';
import { createScriptedProvider, type ScriptedProvider } from './scripted-provider.ts';

/** A review that asks for a change. */
export const changes = '{"issues":[{"severity":"major","message":"one"}],"verdict":"changes_requested"}';

export const approved = '{"issues":[],"verdict":"approved"}';

/** A code block that is a file. */
export const block = (path = 'src/a.ts', content = 'export {};') => `\`\`\`ts ${path}\n${content}\n\`\`\`\n`;

export interface Scene {
  readonly provider: ScriptedProvider;
  readonly engine: Engine;
  readonly runId: string;
}

/** A run whose first stages have been answered with these texts. */
export async function scene(
  answers: readonly string[] = [],
  input: Partial<StartInput> = {},
): Promise<Scene> {
  const provider = createScriptedProvider();
  const engine = createEngine({ provider });
  const runId = await engine.start(input);
  for (const text of answers) {
    provider.call.answer(text);
    await engine.clock.runTurns();
  }
  return { provider, engine, runId };
}

type WithoutRunId<D> = D extends unknown ? Omit<D, 'runId'> : never;
export type Draft = WithoutRunId<CommandDraft>;

/** Sends a command and waits for its receipt. */
export const accept = ({ engine, runId }: Pick<Scene, 'engine' | 'runId'>, draft: Draft) =>
  settle(engine.clock, engine.command({ runId, ...draft }));

export const steer = (text: string, mode: 'restart' | 'continue' | 'next' = 'restart', more: object = {}) =>
  ({ kind: 'steer', text, mode, expect: 'any', scope: 'run', ...more }) as Draft;

/** The last events of the run, without their envelopes. */
export const lastBodies = async ({ engine, runId }: Scene, count: number) =>
  (await engine.events(runId)).slice(-count).map(bodyOf);

/** The refusal that a promise rejects with. */
export const refusal = async (promise: Promise<unknown>) => {
  const error = await promise.then(
    () => undefined,
    (caught: unknown) => caught,
  );
  expect(error).toBeInstanceOf(StagewireError);
  return error as StagewireError;
};
