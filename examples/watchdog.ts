// Watches all runs of a server, and cancels every stage whose model says the same again and again.
import { connect, type StageDelta } from '@stagewire/client';
import { commandIdFor, sendCommand } from './bot-command.ts';

await using stagewire = connect({ url: process.env['STAGEWIRE_URL'] ?? 'http://127.0.0.1:4600' });
/** What the current attempt of each run has said. */
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
      if (goesInCircles(text)) await cancelStage(event);
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
    default: // Nothing about what a model writes.
  }
}

type Attempt = Pick<StageDelta, 'runId' | 'stage' | 'attempt'>;

/** Has the last bit of it come before, and that more than once? */
function goesInCircles(text: string, { times = 4, chars = 80, among = 4000 } = {}): boolean {
  const recent = text.slice(-among);
  return recent.length > times * chars && recent.split(recent.slice(-chars)).length > times;
}

/** This attempt and no other: what comes after it may be better. */
async function cancelStage(found: Attempt): Promise<void> {
  const { runId, stage, attempt } = found;
  const answer = await sendCommand(() =>
    stagewire.procedures.runs.cancel({
      runId,
      commandId: commandIdOf(found),
      target: 'stage',
      expect: { stage, attempt },
      reason: 'It says the same again and again.',
    }),
  );
  console.log(`${nameOf(found)} goes in circles: ${answer}`);
  // What it said on its way to the end is not looked at again.
  texts.delete(runId);
}

function commandIdOf({ runId, stage, attempt }: Attempt): string {
  return commandIdFor('watchdog', runId, stage, attempt);
}

function nameOf({ runId, stage, attempt }: Attempt): string {
  return `${runId}, stage ${stage}, attempt ${attempt}`;
}
