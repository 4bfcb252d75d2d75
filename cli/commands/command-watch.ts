import { connect } from '@stagewire/client';
import { chooseRun } from './choose-run.ts';
import type { CliContext } from '../terminal/cli-context.ts';
import { showRun } from './command-run.ts';
import { needServer } from '../terminal/find-server.ts';
import type { ViewOptions } from './watch-run.ts';

/** `watch`: shows a run from its first event on, and goes on with it until it ends. */
export async function commandWatch(
  context: CliContext,
  runId: string | undefined,
  view: ViewOptions,
): Promise<number> {
  await using client = connect({ url: await needServer(context) });
  const run = client.run(await chooseRun(client, runId));
  return await showRun(context, { client, run, view });
}
