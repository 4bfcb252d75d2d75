import type { AttemptPlace, Run, RunPrompt, RunState } from '@stagewire/client';
import { attemptBefore, lineDiff, promptText, withoutLineNumber } from '@stagewire/client/text';
import { chooseRun } from './choose-run.ts';
import type { CliContext } from '../terminal/cli-context.ts';
import { CliProblem } from '../terminal/cli-problem.ts';
import { connectTo } from '../terminal/connect-to.ts';
import { exitCodes } from '../terminal/exit-codes.ts';
import { jsonLine } from '../render/json-line.ts';
import { promptDiffLines, type PromptDiff } from '../render/render-prompt-diff.ts';
import { promptLines } from '../render/render-prompt.ts';

export interface PromptOptions {
  /** @default the latest stage */
  readonly stage?: number;
  /** @default the stage's latest attempt */
  readonly attempt?: number;
  /** Show the changes since the previous prompt. */
  readonly diff?: boolean;
  /** Print only the prompt or the changes, as one line of JSON. */
  readonly json?: boolean;
}

/** `prompt`: shows the prompt of an attempt, or its changes since the previous one. */
export async function commandPrompt(
  context: CliContext,
  runId: string | undefined,
  options: PromptOptions,
): Promise<number> {
  const { screen, paint } = context;
  await using client = await connectTo(context);
  const run = client.run(await chooseRun(client, runId));
  const state = await run.snapshot();
  const at = attemptOf(state, options);
  const prompt = await run.prompt(at);
  const diff = options.diff === true ? await diffOf(run, state, { at, prompt }) : undefined;
  if (options.json === true) {
    await screen.write(`${jsonLine(diff ?? prompt)}\n`);
    return exitCodes.done;
  }
  const lines = diff === undefined ? promptLines(prompt, paint) : promptDiffLines(diff, paint);
  await screen.write(`${lines.join('\n')}\n`);
  if (!(diff ?? prompt).exact) {
    screen.note(
      'The server was updated after it had sent this prompt: this is a reconstruction, and may differ from what was sent.',
    );
  }
  return exitCodes.done;
}

/** The attempt to show. Given numbers are sent unchanged: the server checks whether the attempt exists. */
function attemptOf({ runId, stages }: RunState, { stage, attempt }: PromptOptions): AttemptPlace {
  const chosen = stage === undefined ? stages.at(-1) : stages.find((it) => it.stage === stage);
  if (chosen === undefined && stage === undefined) {
    throw new CliProblem(`Run ${runId} has no stage yet, so no prompt was sent.`);
  }
  return {
    stage: stage ?? chosen?.stage ?? 1,
    attempt: attempt ?? chosen?.attempts.at(-1)?.attempt ?? 1,
  };
}

/** @throws CliProblem if no earlier prompt can be compared. */
async function diffOf(
  run: Run,
  state: RunState,
  { at, prompt }: { readonly at: AttemptPlace; readonly prompt: RunPrompt },
): Promise<PromptDiff> {
  const from = attemptBefore(state, at);
  if (from === undefined) {
    throw new CliProblem(
      `Stage ${at.stage}, attempt ${at.attempt} has the first prompt of the ${prompt.role} in run ${state.runId}: ` +
        'there is none to compare with.',
    );
  }
  const before = await run.prompt(from);
  const parts = lineDiff(promptText(before), promptText(prompt), { keyOf: withoutLineNumber });
  return { runId: state.runId, from, to: at, exact: before.exact && prompt.exact, parts };
}
