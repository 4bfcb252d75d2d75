// Subscribes to all runs of a server and cancels every stage whose model repeats itself.
import { connect, type StageDelta } from '@stagewire/client';
import { commandIdFor, reportConnection, sendCommand } from './bot-command.ts';

await using stagewire = connect({
  url: process.env['STAGEWIRE_URL'] ?? 'http://127.0.0.1:4600',
  token: process.env['STAGEWIRE_TOKEN'],
});
reportConnection(stagewire);
/** The text of the current attempt of each run. */
const texts = new Map<string, string>();

for await (const event of stagewire.feed({ text: true })) {
  switch (event.type) {
    case 'feed.opened':
      console.log(`Watching all runs from ${event.cursor} on.`);
      break;
    case 'stage.started':
      texts.set(event.runId, (texts.get(event.runId) ?? '').slice(0, event.keptChars));
      break;
    case 'stage.delta': {
      const text = (texts.get(event.runId) ?? '').slice(0, event.offset) + event.text;
      texts.set(event.runId, text);
      if (repeatsItself(text)) await cancelStage(event);
      break;
    }
    case 'stage.cancelled':
      if (event.commandId === commandIdOf(event)) console.log(`${nameOf(event)}: cancelled`);
      break;
    case 'run.completed':
    case 'run.failed':
    case 'run.cancelled':
      texts.delete(event.runId);
      break;
    default: // Other events do not concern the text.
  }
}

type Attempt = Pick<StageDelta, 'runId' | 'stage' | 'attempt'>;

/** Whether the end of the recent text occurs in it `times` times or more. */
function repeatsItself(text: string, { times = 4, chars = 80, among = 4000 } = {}): boolean {
  const recent = text.slice(-among);
  return recent.length > times * chars && recent.split(recent.slice(-chars)).length > times;
}

/** Cancels this attempt only: a later attempt may be better. */
async function cancelStage(found: Attempt): Promise<void> {
  const { runId, stage, attempt } = found;
  const answer = await sendCommand(() =>
    stagewire.command({
      kind: 'cancel',
      runId,
      commandId: commandIdOf(found),
      target: 'stage',
      expect: { stage, attempt },
      reason: 'The model repeats itself.',
    }),
  );
  console.log(`${nameOf(found)} repeats itself: ${answer}`);
  // Text that still arrives before the cancel takes effect starts a new count.
  texts.delete(runId);
}

function commandIdOf({ runId, stage, attempt }: Attempt): string {
  return commandIdFor('watchdog', runId, stage, attempt);
}

function nameOf({ runId, stage, attempt }: Attempt): string {
  return `${runId}, stage ${stage}, attempt ${attempt}`;
}
