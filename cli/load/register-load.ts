import { InvalidArgumentError, type Command } from 'commander';
import type { CliContext } from '../terminal/cli-context.ts';
import { loadCaps, loadDefaults, type LoadOptions } from './load-settings.ts';
import { durationOption, parseDuration, parseRate, parseShare } from './parse-units.ts';
import { parseThreshold, type Threshold } from './threshold.ts';

const help = `
With --rate, runs are started at that rate whatever the server does; with --runs alone, one begins when another has
ended, --concurrency at a time. Without either, ${loadDefaults.runs} runs. It ends by itself: at most ${loadCaps.runs} runs,
${loadCaps.durationMs / 60_000} minutes, ${loadCaps.sockets} sockets at a time. Ctrl-C ends it with the report so far and cancels its runs.

Thresholds are <figure>:<stat><comparison><number>, as in
  time_to_first_token:p95<400ms   cancel_to_silence:p99<50ms   lost:count==0   command_round_trip:max<=1s
docs/LOAD.md names every figure and says how it is measured.

Exit codes:
  0    every threshold met, nothing lost, nothing twice, no errors
  1    an error, something lost or twice that no threshold judges, or a result that is not valid
  99   a threshold missed
  130  ended by Ctrl-C`;

/** Runs a command and ends with its exit code. */
type Done = (command: (context: CliContext) => Promise<number>) => Promise<void>;

/** Adds the command `load`. */
export function registerLoad(program: Command, done: Done): void {
  const { dropEveryMs, slowBytesPerSecond } = loadDefaults;
  program
    .command('load')
    .description('put a server under load, and measure what its followers see')
    .option('--url <url>', 'the server (default: as for the other commands)')
    .option('--runs <n>', 'how many runs are measured', whole)
    .option('--rate <n/s>', 'start so many runs per second, as in 20/s', parseRate)
    .option('--concurrency <n>', 'runs at a time, where there is no --rate', whole, loadDefaults.concurrency)
    .option(
      '--followers <n>',
      'followers of each run, each with a socket of its own',
      whole,
      loadDefaults.followers,
    )
    .option('--steer <share>', 'runs that are steered, as in 5%', parseShare, 0)
    .option('--cancel <share>', 'runs that are cancelled, as in 5%', parseShare, 0)
    .option('--drop <share>', 'followers whose socket is destroyed at random', parseShare, 0)
    .addOption(durationOption('--drop-every <time>', 'how long those keep a socket on average', dropEveryMs))
    .option('--slow <share>', 'followers that read slowly', parseShare, 0)
    .option('--slow-rate <bytes/s>', 'how slowly', whole, slowBytesPerSecond)
    .option('--model <ref>', 'the model of the runs', loadDefaults.model)
    .addOption(durationOption('--warmup <time>', 'how long runs go unmeasured before', loadDefaults.warmupMs))
    .option('--duration <time>', `how long runs are started (default: 30s with --rate)`, parseDuration)
    .addOption(
      durationOption('--drain <time>', 'how long the last runs may take after that', loadDefaults.drainMs),
    )
    .option('--seed <n>', 'draws who is steered, cancelled, dropped, and when', whole, loadDefaults.seed)
    .option('--threshold <condition>', 'what must be shown; may be given again', threshold)
    .option('--json <file>', 'write everything to this file')
    .option('--server-pid <pid>', 'the server’s process, if its data directory is not this one', whole)
    .option('--leave-runs', 'do not cancel runs that are under way at the end')
    .option('--allow-remote', 'load a server that is not on this machine')
    .option('--allow-real-model', 'use a model that costs money')
    .addHelpText('after', help)
    .action((options: LoadOptions) =>
      done(async (context) => {
        const { commandLoad } = await import('./command-load.ts');
        return await commandLoad(context, options);
      }),
    );
}

function whole(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('It must be a whole number.');
  return Number(text);
}

function threshold(text: string, before: readonly Threshold[] = []): Threshold[] {
  return [...before, parseThreshold(text)];
}
