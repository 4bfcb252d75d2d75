import { runIdPattern } from '@stagewire/shared/id-patterns';
import type { RunSummary, Stagewire } from '@stagewire/client';
import { CliProblem, commandName } from '../terminal/cli-problem.ts';

/**
 * The run that a command means: the one it names, else the newest that is under way, else the newest.
 *
 * @throws CliProblem if there is none.
 */
export async function chooseRun(client: Stagewire, named: string | undefined): Promise<string> {
  if (named !== undefined) {
    if (runIdPattern.test(named)) return named;
    throw new CliProblem(
      `"${named}" is not the id of a run, which looks like run_0mwq…. "${commandName} list" shows them.`,
    );
  }
  const run =
    (await newest(client, ['queued', 'running'])) ??
    (await newest(client, ['completed', 'failed', 'cancelled']));
  if (run !== undefined) return run.runId;
  throw new CliProblem(`There is no run yet. "${commandName} run" starts one.`);
}

async function newest(client: Stagewire, status: RunSummary['status'][]): Promise<RunSummary | undefined> {
  return (await client.list({ status, limit: 1 })).items[0];
}
