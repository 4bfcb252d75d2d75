import { InvalidArgumentError, Option, type Command } from 'commander';
import type { FeedEvent } from '@stagewire/shared/events';
import { list, pair } from '../commands/option-parsers.ts';
import type { CliContext } from '../terminal/cli-context.ts';
import type { ForwardOptions } from './command-forward.ts';

const help = `
Sends each event of the feed as a signed POST (Standard Webhooks), in order, until it is interrupted. The secret is
STAGEWIRE_WEBHOOK_SECRET (whsec_…), which the receiver knows as well. Text of the models is not sent.

An event that the receiver does not accept with a 2xx is sent again, with exponential backoff; the next one waits. After a
restart the command resumes after the last event that was accepted. HTTP 410 stops it.
`;

/** Registers the command `forward`. */
export function registerForward(
  program: Command,
  done: (command: (context: CliContext) => Promise<number>) => Promise<void>,
): void {
  program
    .command('forward')
    .description('send the events of runs to a URL, as webhooks')
    .addOption(
      new Option('--to <url>', 'the URL of the receiver').argParser(receiverUrl).makeOptionMandatory(),
    )
    .option('--label <name=value>', 'only runs with this label; may be repeated', pair)
    .addOption(
      new Option('--events <types>', 'only events of these types, e.g. run.completed,run.failed').argParser(
        eventTypes,
      ),
    )
    .option('--owner <owner>', 'only runs of this owner (default: of all your owners)')
    .option(
      '--cursor <file>',
      'the file with the cursor of the last accepted event; each forward needs its own',
      'stagewire-forward.cursor',
    )
    .addHelpText('after', help)
    .action((options: ForwardOptions) =>
      done(async (context) => {
        const { commandForward } = await import('./command-forward.ts');
        return await commandForward(context, options);
      }),
    );
}

function receiverUrl(text: string): string {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol))
    throw new InvalidArgumentError('Expected a URL with http or https.');
  if (url.username !== '' || url.password !== '')
    throw new InvalidArgumentError('The URL must not contain a user or a password: requests are signed.');
  return text;
}

/** Not from the schemas: zod takes a quarter of the start of every command. */
const isForwarded: Readonly<Record<FeedEvent['type'], boolean>> = {
  'run.queued': true,
  'input.recorded': false,
  'run.started': true,
  'run.planned': true,
  'run.recovered': true,
  'stage.started': true,
  'stage.reasoning': false,
  'stage.delta': false,
  'stage.completed': true,
  'stage.interrupted': true,
  'stage.cancelled': true,
  'stage.failed': true,
  'review.noted': true,
  'review.recorded': true,
  'artifact.recorded': true,
  'artifact.removed': true,
  'artifact.skipped': true,
  'command.accepted': true,
  'command.applied': true,
  'command.dropped': true,
  'run.shared': true,
  'run.unshared': true,
  'run.completed': true,
  'run.failed': true,
  'run.cancelled': true,
  'run.deleted': true,
  'feed.opened': false,
};

const forwarded = Object.entries(isForwarded).flatMap(([type, is]) => (is ? [type] : []));

function eventTypes(text: string): string[] {
  const types = list(text);
  const unknown = types.find((type) => !forwarded.includes(type));
  if (unknown !== undefined)
    throw new InvalidArgumentError(`"${unknown}" is not one of ${forwarded.join(', ')}.`);
  if (types.length === 0) throw new InvalidArgumentError('Expected types of events, e.g. run.completed.');
  return types;
}
