import { connect, type RunState } from '@stagewire/client';
import { chooseRun } from './choose-run.ts';
import type { CliContext } from '../terminal/cli-context.ts';
import { CliProblem } from '../terminal/cli-problem.ts';
import { exitCodes } from '../terminal/exit-codes.ts';
import { needServer } from '../terminal/find-server.ts';
import { promptLines } from '../render/render-prompt.ts';

export interface PromptOptions {
  /** @default the newest stage */
  readonly stage?: number;
  /** @default the stage's newest attempt */
  readonly attempt?: number;
  /** As one line of JSON, and nothing else. */
  readonly json?: boolean;
}

/** `prompt`: shows what the model of an attempt was asked. */
export async function commandPrompt(
  context: CliContext,
  runId: string | undefined,
  options: PromptOptions,
): Promise<number> {
  const { screen, paint } = context;
  await using client = connect({ url: await needServer(context) });
  const run = client.run(await chooseRun(client, runId));
  const prompt = await run.prompt(placeOf(await run.snapshot(), options));
  if (options.json === true) {
    await screen.write(`${JSON.stringify(prompt)}\n`);
    return exitCodes.done;
  }
  await screen.write(`${promptLines(prompt, paint).join('\n')}\n`);
  if (!prompt.exact) {
    screen.note('Another version of the server made the prompt that was sent: it may have been another one.');
  }
  return exitCodes.done;
}

/** Which attempt is meant; one that is named goes to the server as it is, which knows whether it is there. */
function placeOf({ runId, stages }: RunState, { stage, attempt }: PromptOptions) {
  const chosen = stage === undefined ? stages.at(-1) : stages.find((it) => it.stage === stage);
  if (chosen === undefined && stage === undefined) {
    throw new CliProblem(`${runId} has no stage yet, so no model was asked anything.`);
  }
  return {
    stage: stage ?? chosen?.stage ?? 1,
    attempt: attempt ?? chosen?.attempts.at(-1)?.attempt ?? 1,
  };
}
