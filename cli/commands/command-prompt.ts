import type { RunState } from '@stagewire/client';
import { chooseRun } from './choose-run.ts';
import type { CliContext } from '../terminal/cli-context.ts';
import { CliProblem } from '../terminal/cli-problem.ts';
import { connectTo } from '../terminal/connect-to.ts';
import { exitCodes } from '../terminal/exit-codes.ts';
import { jsonLine } from '../render/json-line.ts';
import { promptLines } from '../render/render-prompt.ts';

export interface PromptOptions {
  /** @default the latest stage */
  readonly stage?: number;
  /** @default the stage's latest attempt */
  readonly attempt?: number;
  /** Print only the prompt, as one line of JSON. */
  readonly json?: boolean;
}

/** `prompt`: shows the prompt of an attempt. */
export async function commandPrompt(
  context: CliContext,
  runId: string | undefined,
  options: PromptOptions,
): Promise<number> {
  const { screen, paint } = context;
  await using client = await connectTo(context);
  const run = client.run(await chooseRun(client, runId));
  const prompt = await run.prompt(attemptOf(await run.snapshot(), options));
  if (options.json === true) {
    await screen.write(`${jsonLine(prompt)}\n`);
    return exitCodes.done;
  }
  await screen.write(`${promptLines(prompt, paint).join('\n')}\n`);
  if (!prompt.exact) {
    screen.note(
      'The server was updated after it had sent this prompt: this is a reconstruction, and may differ from what was sent.',
    );
  }
  return exitCodes.done;
}

/** The attempt to show. Given numbers are sent unchanged: the server checks whether the attempt exists. */
function attemptOf({ runId, stages }: RunState, { stage, attempt }: PromptOptions) {
  const chosen = stage === undefined ? stages.at(-1) : stages.find((it) => it.stage === stage);
  if (chosen === undefined && stage === undefined) {
    throw new CliProblem(`Run ${runId} has no stage yet, so no prompt was sent.`);
  }
  return {
    stage: stage ?? chosen?.stage ?? 1,
    attempt: attempt ?? chosen?.attempts.at(-1)?.attempt ?? 1,
  };
}
