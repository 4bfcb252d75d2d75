import { expect } from 'vitest';
import { StagewireError, type StartInput } from '@stagewire/shared';
import {
  principal,
  bodyOf,
  createEngine,
  settle,
  type CommandDraft,
  type Engine,
  type EngineOptions,
} from './engine.ts';
import {
  createScriptedProvider,
  type ScriptedProvider,
  type ScriptedProviderOptions,
} from './scripted-provider.ts';

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

/** An answer that the model's output limit cut off. */
export interface CutAnswer {
  readonly cut: string;
}

/** A run whose first attempts have been answered with these texts. */
export async function scene(
  answers: readonly (string | CutAnswer)[] = [],
  input: Partial<StartInput> = {},
  { account, ...options }: ScriptedProviderOptions & Pick<Partial<EngineOptions>, 'account'> = {},
): Promise<Scene> {
  const provider = createScriptedProvider(options);
  const engine = createEngine({ provider, ...(account === undefined ? {} : { account }) });
  const runId = await engine.start(input);
  const at = { provider, engine, runId };
  await answer(at, ...answers);
  return at;
}

/** Answers the attempts that come next. */
export async function answer(
  { provider, engine }: Scene,
  ...answers: readonly (string | CutAnswer)[]
): Promise<void> {
  for (const next of answers) {
    if (typeof next === 'string') provider.call.answer(next);
    else provider.call.answer(next.cut, 'length');
    await engine.clock.runTurns();
  }
}

/** The same run after a crash of its server: another one opens the same log, and takes it up. */
export async function revive(
  { provider, engine, runId }: Scene,
  options: Partial<EngineOptions> = {},
): Promise<Scene> {
  const { clock, log } = engine;
  const survivor = createEngine({ provider, clock, log, seed: 2, ...options });
  await settle(clock, survivor.supervisor.recover());
  await clock.runTurns();
  return { provider, engine: survivor, runId };
}

/** The paths and texts of a run's files. */
export async function filesIn({ engine, runId }: Scene): Promise<Record<string, string>> {
  const files = await settle(engine.clock, engine.supervisor.files({ runId }, principal));
  return Object.fromEntries(files.map(({ path, text }) => [path, text]));
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
