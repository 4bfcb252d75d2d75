// Watches the reviews of all runs. A run whose reviewer notes a blocker goes back to the architect, once.
import { connect } from '@stagewire/client';
import { commandIdFor, sendCommand } from './bot-command.ts';

await using stagewire = connect({ url: process.env['STAGEWIRE_URL'] ?? 'http://127.0.0.1:4600' });

for await (const event of stagewire.feed()) {
  if (event.type === 'feed.opened') console.log(`Reading reviews from ${event.cursor} on.`);
  if (event.type !== 'review.noted' || event.issue.severity !== 'blocker') continue;

  const { runId, stage, attempt, issue } = event;
  const answer = await sendCommand(() =>
    stagewire.procedures.runs.redirect({
      runId,
      // One for each run: a second blocker makes another command of the same id, which the server refuses with
      // COMMAND_ID_CONFLICT. So the bot need not remember anything, not even over its own restarts.
      commandId: commandIdFor('router', runId),
      to: 'architect',
      text: `The review found what no refinement can mend: ${issue.message}`.slice(0, 2000),
      expect: { stage, attempt },
    }),
  );
  const what = answer === 'COMMAND_ID_CONFLICT' ? 'left alone, it was redirected before' : answer;
  console.log(`${runId}, stage ${stage} noted a blocker: ${what}`);
}
