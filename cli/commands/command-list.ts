import type { RunSummary } from '@stagewire/client';
import type { CliContext } from '../terminal/cli-context.ts';
import { connectTo } from '../terminal/connect-to.ts';
import { exitCodes } from '../terminal/exit-codes.ts';
import { needServer } from '../terminal/find-server.ts';
import { jsonLine } from '../render/json-line.ts';
import { infoLines, listLines } from '../render/render-list.ts';

export interface ListOptions {
  readonly limit: number;
  readonly status?: RunSummary['status'];
  readonly label?: Readonly<Record<string, string>>;
  readonly search?: string;
  readonly owner?: string;
  /** Print the page as one line of JSON. */
  readonly json?: boolean;
}

/** `list`: the runs of the server, newest first. */
export async function commandList(context: CliContext, options: ListOptions): Promise<number> {
  const { status, label, search, owner, limit } = options;
  await using client = await connectTo(context);
  const page = await client.list({
    limit,
    ...(status !== undefined && { status: [status] }),
    ...(label !== undefined && { labels: { ...label } }),
    ...(search !== undefined && { search }),
    ...(owner !== undefined && { owner }),
  });
  const lines = options.json === true ? [jsonLine(page)] : listLines(page, context.paint);
  await context.screen.write(`${lines.join('\n')}\n`);
  // On standard error: a program that reads the list expects only runs on standard output.
  if (page.next !== undefined && options.json !== true)
    context.screen.note('There are more runs; show them with --limit.');
  return exitCodes.done;
}

/** `info`: the version, models and features of the server. */
export async function commandInfo(
  context: CliContext,
  { json }: { readonly json?: boolean } = {},
): Promise<number> {
  const url = await needServer(context);
  await using client = await connectTo(context, url);
  const info = await client.info();
  const lines = json === true ? [jsonLine({ url, ...info })] : infoLines(info, url, context.paint);
  await context.screen.write(`${lines.join('\n')}\n`);
  return exitCodes.done;
}
