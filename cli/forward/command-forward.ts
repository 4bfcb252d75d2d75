import { resolve } from 'node:path';
import { systemRandom } from '@stagewire/server/runtime/random';
import { isDelta, StagewireError, type FeedEvent } from '@stagewire/client';
import { duration } from '@stagewire/shared/units/duration';
import { cleanLine } from '../render/clean-text.ts';
import type { CliContext } from '../terminal/cli-context.ts';
import { CliProblem } from '../terminal/cli-problem.ts';
import { connectTo } from '../terminal/connect-to.ts';
import { exitCodes } from '../terminal/exit-codes.ts';
import { exitCodeOf } from '../terminal/interrupts.ts';
import { stopOnInterrupt } from '../terminal/stop-on-interrupt.ts';
import { keepProcessAlive } from '../terminal/keep-process-alive.ts';
import { shownUrl } from '../terminal/why-unreached.ts';
import { noteConnection } from './note-connection.ts';
import { createCursorFile } from './cursor-file.ts';
import { createWebhookSender } from './webhook-sender.ts';
import { createWebhookSigner } from './webhook-signer.ts';

export interface ForwardOptions {
  readonly to: string;
  readonly label?: Readonly<Record<string, string>>;
  /** The types of the events to forward. @default all */
  readonly events?: readonly string[];
  readonly owner?: string;
  /** The file with the cursor. */
  readonly cursor: string;
}

/** How often the cursor is saved while events are only skipped, in milliseconds. */
const saveSkippedMs = 5000;

/**
 * `forward`: sends each event of the feed to a URL, in order, until it is interrupted. The cursor on disk moves after the
 * receiver has accepted the event, so that after a crash at most one event is sent again, with the same id.
 */
export async function commandForward(context: CliContext, options: ForwardOptions): Promise<number> {
  const { env, screen, interrupts, clock, cwd } = context;
  const signer = createWebhookSigner(env['STAGEWIRE_WEBHOOK_SECRET']);
  const file = createCursorFile(resolve(cwd, options.cursor));
  const from = await file.read();
  const stopping = stopOnInterrupt(interrupts);

  using awake = new DisposableStack();
  awake.use(keepProcessAlive());
  await using client = await connectTo(context);
  awake.defer(noteConnection(client, { clock, note: screen.note }));
  const sender = createWebhookSender({
    url: options.to,
    signer,
    clock,
    random: () => systemRandom.next(),
    fetch,
    signal: stopping.signal,
    onFailure: ({ why, retryInMs }) =>
      screen.note(`Not delivered: ${cleanLine(why)}. Retrying in ${duration(retryInMs)}.`),
  });
  const { label, owner, events } = options;
  const feed = client.feed({
    ...(from !== undefined && { from }),
    ...(label !== undefined && { labels: { ...label } }),
    ...(owner !== undefined && { owner }),
    signal: stopping.signal,
  });
  screen.note(
    `Forwarding events to ${shownUrl(options.to)}, ${from === undefined ? 'from now on' : `after the cursor in ${options.cursor}`}.`,
  );
  let savedAtMs = -Infinity;
  try {
    for await (const event of feed) {
      const cursor = feed.cursor ?? '';
      if (isForwarded(event, events)) {
        const body = JSON.stringify({ type: event.type, timestamp: event.at, data: event });
        if (!(await sender.send({ id: cursor, body }))) break;
      } else if (event.type !== 'feed.opened' && clock.elapsed() - savedAtMs < saveSkippedMs) continue;
      await file.write(cursor);
      savedAtMs = clock.elapsed();
    }
  } catch (error) {
    if (stopping.interrupt !== undefined) return exitCodeOf(stopping.interrupt);
    if (error instanceof StagewireError && error.code === 'CURSOR_INVALID') {
      throw new CliProblem(
        `The server rejects the cursor in ${options.cursor}: it is of another server, or damaged. Remove the file to ` +
          'start with the next event.',
      );
    }
    throw error;
  }
  return stopping.interrupt === undefined ? exitCodes.failed : exitCodeOf(stopping.interrupt);
}

function isForwarded(event: FeedEvent, types: readonly string[] | undefined): boolean {
  if (event.type === 'feed.opened' || isDelta(event)) return false;
  return types === undefined || types.includes(event.type);
}
