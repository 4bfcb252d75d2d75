import { codeOf, connect, randomRunId } from '@stagewire/client';
import type { Clock } from '@stagewire/server/runtime/clock';
import { CliProblem } from './cli-problem.ts';
import type { ServerAddresses } from './server-address.ts';
import { shownUrl } from './why-unreached.ts';

export interface OneClusterOptions {
  readonly clock: Clock;
  /** Of the run that is started for this. @default random */
  readonly runId?: string;
  readonly labels?: Readonly<Record<string, string>>;
  /** Called with the id of the run before its start. */
  readonly onStart: (runId: string) => void;
}

/**
 * Checks that several addresses are nodes of one cluster: starts a run at the first, and looks for it at the others. Does
 * nothing for one address.
 *
 * @throws CliProblem that names an address which does not have the run
 */
export async function requireOneCluster(
  [first, ...others]: ServerAddresses,
  options: OneClusterOptions,
): Promise<void> {
  if (others.length === 0) return;
  const { clock, runId = randomRunId(clock.now()), labels = {}, onStart } = options;
  await using client = connect({ url: first.url, token: first.token });
  onStart(runId);
  await client.start({
    runId,
    task: 'Check that the addresses belong to one cluster.',
    models: { default: 'rehearsal/ttft=0,tps=0,chars=10,reasoning=0' },
    pipeline: { roles: ['documenter'] },
    labels,
  });
  for (const { url, token } of others) {
    await using other = connect({ url, token });
    try {
      await other.run(runId).snapshot();
    } catch (error) {
      if (codeOf(error) !== 'RUN_NOT_FOUND') throw error;
      throw new CliProblem(
        `${shownUrl(url)} does not have a run that was started at ${shownUrl(first.url)}: they are not nodes of one ` +
          'cluster. Name only nodes that share one database.',
      );
    }
  }
}
