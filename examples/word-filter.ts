// Cancels every run whose coder writes a forbidden word. The cursor is in a file: after a restart it misses no text.
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { connect, StagewireError, type StageDelta } from '@stagewire/client';
import { commandIdFor, reportConnection, sendCommand } from './bot-command.ts';

const [word = 'eval(', cursorFile = 'word-filter.cursor'] = process.argv.slice(2);

await using stagewire = connect({
  url: process.env['STAGEWIRE_URL'] ?? 'http://127.0.0.1:4600',
  token: process.env['STAGEWIRE_TOKEN'],
});
reportConnection(stagewire);
/** The text of the current attempt of each run, as far as it was received. */
const texts = new Map<string, string>();
const cancelled = new Set<string>();

const from = existsSync(cursorFile) ? readFileSync(cursorFile, 'utf8') : undefined;
const feed = stagewire.feed({ from, text: true });
if (from !== undefined) console.log(`Resuming after ${from}.`);
for await (const event of feed) {
  switch (event.type) {
    case 'feed.opened':
      console.log(`Watching all runs from ${event.cursor} on.`);
      break;
    case 'stage.started':
      texts.set(event.runId, (texts.get(event.runId) ?? '').slice(0, event.keptChars));
      break;
    case 'stage.delta': {
      const text = (await textBefore(event)) + event.text;
      texts.set(event.runId, text);
      if (event.role === 'coder' && text.includes(word)) await cancelRun(event.runId);
      break;
    }
    case 'run.completed':
    case 'run.failed':
    case 'run.cancelled':
      texts.delete(event.runId);
      cancelled.delete(event.runId);
      break;
    default: // Other events do not concern the text.
  }
  // Saved after processing: an unprocessed event is delivered again. The rename is atomic.
  writeFileSync(`${cursorFile}.new`, feed.cursor ?? '');
  renameSync(`${cursorFile}.new`, cursorFile);
}

/** The text of the attempt before this delta. What was written before the bot started is fetched from the server. */
async function textBefore({ runId, stage, attempt, offset }: StageDelta): Promise<string> {
  const known = texts.get(runId) ?? '';
  if (known.length >= offset) return known.slice(0, offset);
  try {
    const { stages } = await stagewire.run(runId).snapshot();
    const attempts = stages.find((it) => it.stage === stage)?.attempts;
    return attempts?.find((it) => it.attempt === attempt)?.text.slice(0, offset) ?? '';
  } catch (error) {
    if (error instanceof StagewireError && !error.retryable) return ''; // the run was deleted
    throw error;
  }
}

async function cancelRun(runId: string): Promise<void> {
  if (cancelled.has(runId)) return;
  cancelled.add(runId);
  const commandId = commandIdFor('word-filter', runId);
  const reason = `The coder has written “${word}”.`;
  const answer = await sendCommand(() =>
    stagewire.command({ kind: 'cancel', runId, commandId, target: 'run', reason }),
  );
  console.log(`${runId}: ${answer}`);
}
