// Subscribes to the reviews of all runs. Redirects a run whose reviewer notes a blocker to the architect, once per run.
import { connect } from '@stagewire/client';
import { commandIdFor, reportConnection, sendCommand } from './bot-command.ts';

await using stagewire = connect({
  url: process.env['STAGEWIRE_URL'] ?? 'http://127.0.0.1:4600',
  token: process.env['STAGEWIRE_TOKEN'],
});
reportConnection(stagewire);

for await (const event of stagewire.feed()) {
  if (event.type === 'feed.opened') console.log(`Reading reviews from ${event.cursor} on.`);
  if (event.type !== 'review.noted' || event.issue.severity !== 'blocker') continue;

  const { runId, stage, attempt, issue } = event;
  const answer = await sendCommand(() =>
    stagewire.command({
      kind: 'redirect',
      runId,
      // One id per run: a second blocker gives a different command with the same id, which the server rejects with
      // COMMAND_ID_CONFLICT. So the bot needs no state of its own, not even across restarts.
      commandId: commandIdFor('router', runId),
      to: 'architect',
      text: `The review found a problem that a refinement cannot fix: ${issue.message}`.slice(0, 2000),
      expect: { stage, attempt },
    }),
  );
  const what = answer === 'COMMAND_ID_CONFLICT' ? 'skipped, already redirected' : answer;
  console.log(`${runId}, stage ${stage} noted a blocker: ${what}`);
}
