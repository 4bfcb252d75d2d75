import { Option, type Command } from 'commander';
import { parseSince } from './parse-since.ts';
import type { CliContext } from '../terminal/cli-context.ts';
import type { TraceOptions } from './command-trace.ts';

const help = `
The server exports traces if it was started with OTEL_EXPORTER_OTLP_ENDPOINT. It exports new runs automatically; this
command exports earlier ones, for example those from before the variable was set. A span that is exported again has the
same id. It needs a key with the permission admin, so a server without authentication rejects it.
`;

/** Registers the command `trace`. */
export function registerTrace(
  program: Command,
  done: (command: (context: CliContext) => Promise<number>) => Promise<void>,
): void {
  program
    .command('trace')
    .description('export the traces of earlier runs to the OpenTelemetry receiver of the server')
    .addOption(
      new Option('--since <time>', 'runs that were queued since: a duration such as 24h or 7d, or an instant')
        .argParser(parseSince)
        .makeOptionMandatory(),
    )
    .option('--json', 'print the numbers of runs and spans as one line of JSON')
    .addHelpText('after', help)
    .action((options: TraceOptions) =>
      done(async (context) => {
        const { commandTrace } = await import('./command-trace.ts');
        return await commandTrace(context, options);
      }),
    );
}
