import { StagewireError, type ExportedTraces } from '@stagewire/client';
import { counted } from '@stagewire/shared/units/count';
import { jsonLine } from '../render/json-line.ts';
import type { CliContext } from '../terminal/cli-context.ts';
import { CliProblem } from '../terminal/cli-problem.ts';
import { connectTo } from '../terminal/connect-to.ts';
import { exitCodes } from '../terminal/exit-codes.ts';
import { keepProcessAlive } from '../terminal/keep-process-alive.ts';
import { requireAdmin } from '../terminal/require-admin.ts';
import { instantOf, type Since } from './parse-since.ts';

export interface TraceOptions {
  readonly since: Since;
  /** Print the numbers as one line of JSON. */
  readonly json?: boolean;
}

/** `trace`: exports the traces of earlier runs, one page after the other. */
export async function commandTrace(
  context: CliContext,
  { since: wanted, json = false }: TraceOptions,
): Promise<number> {
  const { screen } = context;
  using awake = new DisposableStack();
  awake.use(keepProcessAlive());
  await using client = await connectTo(context);
  const info = await client.info();
  requireAdmin(info, 'trace');
  const since = instantOf(wanted, info.now);
  let runs = 0;
  let spans = 0;
  let before: string | undefined;
  do {
    const page: ExportedTraces = await exported(
      client.procedures.traces.export({ since, ...(before !== undefined && { before }) }),
    );
    runs += page.runs;
    spans += page.spans;
    before = page.next;
    screen.showStatus(`Exported ${counted(spans, 'span')} of ${counted(runs, 'run')}`);
  } while (before !== undefined);
  screen.showStatus(undefined);
  const line = `Exported ${counted(spans, 'span')} of ${counted(runs, 'run')} since ${since}.`;
  await screen.write(json ? `${jsonLine({ since, runs, spans })}\n` : `${line}\n`);
  return exitCodes.done;
}

async function exported<Page>(page: Promise<Page>): Promise<Page> {
  try {
    return await page;
  } catch (error) {
    if (!(error instanceof StagewireError) || error.code !== 'UNKNOWN_PROCEDURE') throw error;
    throw new CliProblem('The server exports no traces. Start it with OTEL_EXPORTER_OTLP_ENDPOINT.');
  }
}
