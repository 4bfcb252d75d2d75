import { runIdPattern } from '@stagewire/shared/id-patterns';
import type { RunSummary, Stagewire } from '@stagewire/client';
import { CliProblem, commandName } from '../terminal/cli-problem.ts';

/**
 * The run of a command: the given one, otherwise the newest active run, otherwise the newest run.
 *
 * @throws CliProblem if there is none.
 */
export async function chooseRun(client: Stagewire, named: string | undefined): Promise<string> {
  if (named !== undefined) {
    if (runIdPattern.test(named)) return named;
    throw new CliProblem(
      `"${named}" is not a run id (expected run_…). "${commandName} list" lists the runs.`,
      'NO_RUN',
    );
  }
  const run =
    (await newest(client, ['queued', 'running'])) ??
    (await newest(client, ['completed', 'failed', 'cancelled']));
  if (run !== undefined) return run.runId;
  throw new CliProblem(`There are no runs yet. "${commandName} run" starts one.`, 'NO_RUN');
}

/**
 * The run whose files are meant: the given one, otherwise the newest run that has ended.
 *
 * @throws CliProblem if there is none.
 */
export async function chooseEndedRun(client: Stagewire, named: string | undefined): Promise<string> {
  if (named !== undefined) return await chooseRun(client, named);
  const run = await newest(client, ['completed', 'failed', 'cancelled']);
  if (run !== undefined) return run.runId;
  throw new CliProblem(`No run has ended yet. Name a run: "${commandName} list" lists them.`, 'NO_RUN');
}

async function newest(client: Stagewire, status: RunSummary['status'][]): Promise<RunSummary | undefined> {
  return (await client.list({ status, limit: 1 })).items[0];
}
