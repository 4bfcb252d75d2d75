import type { RunState } from '@stagewire/client';
import { chooseRun } from '../commands/choose-run.ts';
import { cleanLine } from '../render/clean-text.ts';
import { jsonLine } from '../render/json-line.ts';
import type { CliContext } from '../terminal/cli-context.ts';
import { CliProblem } from '../terminal/cli-problem.ts';
import { connectTo } from '../terminal/connect-to.ts';
import { exitCodes } from '../terminal/exit-codes.ts';
import type { Paint } from '../terminal/paint.ts';

export interface ShareCommandOptions {
  readonly may: 'read' | 'control';
  /** In milliseconds from now; Infinity: never. */
  readonly until: number;
  readonly list?: boolean;
  readonly json?: boolean;
}

export interface UnshareCommandOptions {
  readonly json?: boolean;
}

/** `share`: standard output has only the link, so that a script can capture it; with `--list` the links of the run. */
export async function commandShare(
  context: CliContext,
  named: string,
  options: ShareCommandOptions,
): Promise<number> {
  const { screen, paint, clock } = context;
  const { may, json = false } = options;
  await using client = await connectTo(context);
  const run = client.run(await chooseRun(client, named));
  if (options.list === true) {
    const { shares } = await run.snapshot();
    const lines = json
      ? shares.map((share) => jsonLine({ runId: run.id, ...share }))
      : shareLines(shares, { paint, nowMs: clock.now() });
    if (lines.length > 0) await screen.write(`${lines.join('\n')}\n`);
    return exitCodes.done;
  }
  const until =
    options.until === Infinity ? {} : { until: new Date(clock.now() + options.until).toISOString() };
  const { shareId, url } = await run.share({ may, ...until });
  if (json) {
    await screen.write(`${jsonLine({ runId: run.id, shareId, url, may, ...until })}\n`);
    return exitCodes.done;
  }
  const permitted = may === 'read' ? 'read the run' : 'read the run, and steer, redirect and cancel it';
  const expiry = until.until === undefined ? 'It does not expire.' : `It expires at ${until.until}.`;
  screen.note(`Created link ${shareId}: everyone who has it can ${permitted}. ${expiry}`);
  await screen.write(`${url}\n`);
  return exitCodes.done;
}

/** `unshare`: the server closes the connections of the link within two seconds. */
export async function commandUnshare(
  context: CliContext,
  { runId: named, shareId: given }: { readonly runId: string; readonly shareId: string },
  { json = false }: UnshareCommandOptions,
): Promise<number> {
  // The whole token is accepted as well, and never repeated.
  const shareId = /^(?:.*#share=)?swl_([0-9a-f]{16})_/.exec(given)?.[1] ?? given;
  if (!/^[0-9a-f]{16}$/.test(shareId)) {
    throw new CliProblem(
      'Expected the id of a link: 16 characters of 0-9 and a-f, as "share --list" shows it.',
    );
  }
  await using client = await connectTo(context);
  const run = client.run(await chooseRun(client, named));
  const receipt = await run.unshare(shareId);
  if (json) await context.screen.write(`${jsonLine({ runId: run.id, shareId, receipt })}\n`);
  else context.screen.note(`Link ${shareId} to run ${run.id} is removed.`);
  return exitCodes.done;
}

/** Links as a table: id, state, what it permits, day of creation (UTC), who created it. */
function shareLines(
  shares: RunState['shares'],
  { paint, nowMs }: { readonly paint: Paint; readonly nowMs: number },
): string[] {
  if (shares.length === 0) return ['The run has no links.'];
  const states = shares.map(({ until }) => {
    if (until === undefined) return 'active';
    return Date.parse(until) <= nowMs ? 'expired' : `until ${until.slice(0, 16)}Z`;
  });
  const width = Math.max(...states.map(({ length }) => length));
  return shares.map(({ shareId, may, at, actor }, index) => {
    const state = states[index] ?? '';
    const by = cleanLine(actor.name ?? actor.id);
    const line = `${shareId}  ${state.padEnd(width)}  ${may.padEnd(7)}  ${at.slice(0, 10)}  by ${by}`;
    return state === 'expired' ? paint('dim', line) : line;
  });
}
