import { codeOf, connect } from '@stagewire/client';
import { counted } from '@stagewire/shared/units/count';
import { problemText } from '../render/render-problem.ts';
import type { CliContext } from '../terminal/cli-context.ts';
import { commandName } from '../terminal/cli-problem.ts';
import { deleteRuns, hasNoResponse, type DeletionResult } from './delete-runs.ts';

export interface CleanUpOptions {
  readonly url: string;
  readonly token: string | undefined;
  /** Runs that the command has started. */
  readonly runIds: Iterable<string>;
  /** Also runs whose id begins with this: a start whose response was lost is not in `runIds`. @default none */
  readonly prefix?: string;
  /** The command that deletes later what is left, without the name of the program. */
  readonly retryWith: string;
}

/** How many runs a clean-up has deleted, and how many are left. */
export interface CleanedUp {
  readonly deleted: number;
  readonly left: number;
}

/** Failures that are shown; the others are likely the same. */
const shownFailures = 3;

/**
 * Cancels and deletes the runs that a command has started for its own purposes. Never throws: failures are notes, since
 * they do not change the result of the command.
 */
export async function cleanUp(context: CliContext, options: CleanUpOptions): Promise<CleanedUp> {
  const { screen, clock } = context;
  await using client = connect({ url: options.url, token: options.token, callTimeoutMs: 5000 });
  const runIds = new Set(options.runIds);
  if (options.prefix !== undefined) {
    for (const runId of await startingWith(client, options.prefix)) runIds.add(runId);
  }
  const results = await deleteRuns(client, [...runIds], { clock, cancel: true });
  const failed = results.filter(isFailed);
  if (failed.some(({ error }) => hasNoResponse(error))) {
    const deleted = results.length - failed.length;
    const left = runIds.size - deleted;
    screen.note(
      `The server does not respond, so ${counted(left, 'run')} ${left === 1 ? 'was' : 'were'} not deleted. ` +
        `When it runs again: ${commandName} ${options.retryWith}`,
    );
    return { deleted, left };
  }
  for (const { runId, error } of failed.slice(0, shownFailures)) {
    screen.note(`Run ${runId} was not deleted: ${problemText(error)}`);
  }
  const deleted = results.length - failed.length;
  const left = runIds.size - deleted;
  const notShown = left - Math.min(failed.length, shownFailures);
  if (notShown > 0) {
    screen.note(
      `${counted(notShown, 'more run')} not deleted. "${commandName} ${options.retryWith}" deletes them.`,
    );
  }
  return { deleted, left };
}

/** A run that the server never had, since it rejected the start, is no failure. */
function isFailed({ outcome, error }: DeletionResult): boolean {
  return outcome === 'failed' && codeOf(error) !== 'RUN_NOT_FOUND';
}

async function startingWith(client: ReturnType<typeof connect>, prefix: string): Promise<readonly string[]> {
  const found: string[] = [];
  let before: string | undefined;
  try {
    do {
      const page = await client.list({ search: prefix, limit: 200, ...(before !== undefined && { before }) });
      found.push(...page.items.map(({ runId }) => runId).filter((runId) => runId.startsWith(prefix)));
      before = page.next;
    } while (before !== undefined);
  } catch {
    // The deletion of the known runs reports what is wrong.
  }
  return found;
}
