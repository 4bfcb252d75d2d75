import { InvalidArgumentError, type Command } from 'commander';
import type { CliContext } from '../terminal/cli-context.ts';
import type { ClusterOptions } from './command-cluster.ts';

const help = `
Starts PostgreSQL in the data directory (STAGEWIRE_DATA_DIR, default ./data), the nodes on the ports after --port, and a
load balancer on --port. For a try on one machine; docs/OPERATIONS.md describes nodes on several machines. Ctrl-C stops all.
`;

/** Registers the command `cluster`. */
export function registerCluster(
  program: Command,
  done: (command: (context: CliContext) => Promise<number>) => Promise<void>,
): void {
  program
    .command('cluster')
    .description('start several nodes on one PostgreSQL, on this machine')
    .option('--nodes <n>', 'number of nodes', between(1, 9), 2)
    .option('--port <n>', 'port of the load balancer; 0: any free ports', between(0, 65_000), 4600)
    .addHelpText('after', help)
    .action((options: ClusterOptions) =>
      done(async (context) => {
        const { commandCluster } = await import('./command-cluster.ts');
        return await commandCluster(context, options);
      }),
    );
}

function between(least: number, most: number): (text: string) => number {
  return (text) => {
    const number = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
    if (number >= least && number <= most) return number;
    throw new InvalidArgumentError(`Expected a whole number from ${least} to ${most}.`);
  };
}
