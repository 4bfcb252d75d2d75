import type { RunSummary } from '@stagewire/client';
import type { CliContext } from '../terminal/cli-context.ts';
import { connectTo } from '../terminal/connect-to.ts';
import { exitCodes } from '../terminal/exit-codes.ts';
import { needServer } from '../terminal/find-server.ts';
import { infoLines, listLines } from '../render/render-list.ts';

export interface ListOptions {
  readonly limit: number;
  readonly status?: RunSummary['status'];
  readonly label?: Readonly<Record<string, string>>;
}

/** `list`: the runs of the server, newest first. */
export async function commandList(context: CliContext, options: ListOptions): Promise<number> {
  const { status, label, limit } = options;
  await using client = await connectTo(context);
  const page = await client.list({
    limit,
    ...(status !== undefined && { status: [status] }),
    ...(label !== undefined && { labels: { ...label } }),
  });
  await context.screen.write(`${listLines(page, context.paint).join('\n')}\n`);
  // On standard error: a program that reads the list expects only runs on standard output.
  if (page.next !== undefined) context.screen.note('There are more runs; show them with --limit.');
  return exitCodes.done;
}

/** `info`: the version, models and features of the server. */
export async function commandInfo(context: CliContext): Promise<number> {
  const url = await needServer(context);
  await using client = await connectTo(context, url);
  await context.screen.write(`${infoLines(await client.info(), url, context.paint).join('\n')}\n`);
  return exitCodes.done;
}
