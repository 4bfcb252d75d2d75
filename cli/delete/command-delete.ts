import { codeOf, type Stagewire } from '@stagewire/client';
import { counted } from '@stagewire/shared/units/count';
import { cleanLine } from '../render/clean-text.ts';
import { jsonLine } from '../render/json-line.ts';
import { problemReport } from '../render/problem-report.ts';
import { listLines } from '../render/render-list.ts';
import { problemText } from '../render/render-problem.ts';
import type { CliContext } from '../terminal/cli-context.ts';
import { CliProblem } from '../terminal/cli-problem.ts';
import { exitCodes } from '../terminal/exit-codes.ts';
import { connectTo } from '../terminal/connect-to.ts';
import { exitCodeOf } from '../terminal/interrupts.ts';
import { stopOnInterrupt } from '../terminal/stop-on-interrupt.ts';
import { confirm } from './confirm.ts';
import { deleteRuns, type DeletionResult } from './delete-runs.ts';
import { selectRuns, withSummary, type SelectedRun } from './select-runs.ts';

export interface DeleteCommandOptions {
  readonly label?: Readonly<Record<string, string>>;
  readonly verify?: boolean;
  readonly owner?: string;
  /** Do not ask. */
  readonly yes?: boolean;
  readonly json?: boolean;
}

/** The JSON document of `delete --json`. */
export interface DeleteReport {
  readonly deleted: readonly { readonly runId: string; readonly deletedAt: string }[];
  /** Runs that retention had removed before. */
  readonly gone: readonly string[];
  readonly failed: readonly {
    readonly runId: string;
    readonly error: { readonly code: string; readonly message: string };
  }[];
}

/** Runs that are shown before the question. */
const shownRuns = 20;

/** `delete`: deletes runs that have ended, after a question. */
export async function commandDelete(
  context: CliContext,
  runIds: readonly string[],
  options: DeleteCommandOptions,
): Promise<number> {
  const { screen, clock, interrupts, input } = context;
  const isAsking = options.yes !== true;
  await using client = await connectTo(context);
  // First, so that a wrong selection is not met with the advice to confirm it.
  const runs = await selectRuns(client, { ...options, runIds });
  if (runs.length === 0) {
    await screen.write(options.json === true ? `${jsonLine(reportOf([]))}\n` : 'No runs match.\n');
    return exitCodes.done;
  }
  if (isAsking && (options.json === true || input.isTTY !== true)) {
    throw new CliProblem(
      `Deleting runs cannot be undone, and there is no terminal to ask for confirmation. To delete ${counted(runs.length, 'run')}, add --yes.`,
      'USAGE',
    );
  }
  if (isAsking && !(await askFor(context, client, runs))) {
    await screen.write('Nothing was deleted.\n');
    return exitCodes.failed;
  }

  const stopping = stopOnInterrupt(interrupts);
  const results = await deleteRuns(
    client,
    runs.map(({ runId }) => runId),
    { clock, signal: stopping.signal, onResult: (result) => showResult(context, result, options) },
  );
  const failed = results.filter(({ outcome }) => outcome === 'failed').length;
  if (options.json === true) await screen.write(`${jsonLine(reportOf(results))}\n`);
  else if (runs.length > 1) await screen.write(`${summaryOf(results, runs.length)}\n`);
  if (stopping.interrupt !== undefined) return exitCodeOf(stopping.interrupt);
  return failed === 0 ? exitCodes.done : exitCodes.failed;
}

async function askFor(
  context: CliContext,
  client: Stagewire,
  runs: readonly SelectedRun[],
): Promise<boolean> {
  const known = await Promise.all(runs.slice(0, shownRuns).map((run) => withSummary(client, run)));
  const shown = known.flatMap((run) =>
    'queuedAt' in run ? listLines({ items: [run] }, context.paint) : [cleanLine(run.runId)],
  );
  const more = runs.length > shownRuns ? [`… and ${runs.length - shownRuns} more`] : [];
  await context.screen.write(`${[...shown, ...more].join('\n')}\n`);
  return confirm(context, `Delete ${counted(runs.length, 'run')} with all data? This cannot be undone.`);
}

async function showResult(
  { screen }: CliContext,
  { runId, outcome, error }: DeletionResult,
  { json }: DeleteCommandOptions,
): Promise<void> {
  if (json === true) return;
  if (outcome === 'deleted') await screen.write(`${runId}: deleted\n`);
  else if (outcome === 'gone') await screen.write(`${runId}: already removed by retention\n`);
  else screen.note(`${runId}: not deleted. ${problemText(error)}`);
}

function summaryOf(results: readonly DeletionResult[], selected: number): string {
  const failed = results.filter(({ outcome }) => outcome === 'failed').length;
  const left = selected - results.length;
  return [
    `Deleted ${counted(results.length - failed, 'run')}.`,
    ...(failed > 0 ? [`Not deleted: ${failed}.`] : []),
    ...(left > 0 ? [`Not tried: ${left}.`] : []),
  ].join(' ');
}

function reportOf(results: readonly DeletionResult[]): DeleteReport {
  return {
    deleted: results.flatMap(({ receipt }) =>
      receipt === undefined ? [] : [{ runId: receipt.runId, deletedAt: receipt.deletedAt }],
    ),
    gone: results.flatMap(({ runId, outcome }) => (outcome === 'gone' ? [runId] : [])),
    failed: results.flatMap(({ runId, outcome, error }) =>
      outcome === 'failed'
        ? [{ runId, error: { code: String(codeOf(error)), message: problemReport(error).error.message } }]
        : [],
    ),
  };
}
