import type { RunSummary, Stagewire } from '@stagewire/client';
import { runIdPattern } from '@stagewire/shared/id-patterns';
import { CliProblem, commandName } from '../terminal/cli-problem.ts';

/** Which runs a command concerns. */
export interface RunSelection {
  readonly runIds: readonly string[];
  readonly label?: Readonly<Record<string, string>>;
  /** The runs that `verify` has started. */
  readonly verify?: boolean;
  /** Only those of this owner. @default of all owners of the caller */
  readonly owner?: string;
}

/** The ids of all runs that `verify` starts begin with this. */
export const verifyRunPrefix = 'run_verify-';

/** A run, with its summary if the list has it. */
export type SelectedRun = RunSummary | Pick<RunSummary, 'runId'>;

/**
 * The selected runs: those that are named, or all that match the label.
 *
 * @throws CliProblem if nothing is selected, or an id is malformed.
 */
export async function selectRuns(
  client: Stagewire,
  selection: RunSelection,
): Promise<readonly SelectedRun[]> {
  const { label, verify = false, owner } = selection;
  const runIds = [...new Set(selection.runIds)];
  if (runIds.length > 0 && (label !== undefined || verify)) {
    throw new CliProblem('Expected run ids, or --label or --verify, but not both.', 'USAGE');
  }
  if (runIds.length > 0 && owner !== undefined) {
    throw new CliProblem('Expected run ids, or --owner with --label or --verify, but not both.', 'USAGE');
  }
  if (runIds.length > 0) return runIds.map(named);
  if (label === undefined && !verify) {
    throw new CliProblem(
      `Which runs? Name them, or select them with --label or --verify. "${commandName} list" lists the runs.`,
      'USAGE',
    );
  }
  const found: RunSummary[] = [];
  let before: string | undefined;
  do {
    const page = await client.list({
      limit: 200,
      ...(label !== undefined && { labels: { ...label } }),
      ...(owner !== undefined && { owner }),
      ...(verify && { search: verifyRunPrefix }),
      ...(before !== undefined && { before }),
    });
    // A word of a search may be in the task, too.
    found.push(...page.items.filter(({ runId }) => !verify || runId.startsWith(verifyRunPrefix)));
    before = page.next;
  } while (before !== undefined);
  return found;
}

function named(runId: string): SelectedRun {
  if (!runIdPattern.test(runId)) {
    throw new CliProblem(
      `"${runId}" is not a run id (expected run_…). "${commandName} list" lists the runs.`,
      'USAGE',
    );
  }
  return { runId };
}

/** The run with its summary, if the list has it. */
export async function withSummary(client: Stagewire, run: SelectedRun): Promise<SelectedRun> {
  if ('queuedAt' in run) return run;
  const { items } = await client.list({ search: run.runId, limit: 1 });
  return items.find(({ runId }) => runId === run.runId) ?? run;
}
