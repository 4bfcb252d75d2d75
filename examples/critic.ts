// Subscribes to the reviews of all runs. Steers a reviewer that notes a security problem to look for more of them.
import { connect } from '@stagewire/client';
import { commandIdFor, reportConnection, sendCommand } from './bot-command.ts';

const aboutSecurity = /\b(security|injection|vulnerab\w*|xss|csrf|passwords?|secrets?|credentials?)\b/i;
const instruction =
  'You have named a security problem. Look for more of them in every file, and call each one a blocker.';

await using stagewire = connect({
  url: process.env['STAGEWIRE_URL'] ?? 'http://127.0.0.1:4600',
  token: process.env['STAGEWIRE_TOKEN'],
});
reportConnection(stagewire);

for await (const event of stagewire.feed()) {
  if (event.type === 'feed.opened') console.log(`Reading reviews from ${event.cursor} on.`);
  if (event.type !== 'review.noted' || !aboutSecurity.test(event.issue.message)) continue;

  const { runId, stage, issue } = event;
  const answer = await sendCommand(() =>
    stagewire.command({
      kind: 'steer',
      runId,
      // One id per stage: issues that the reviewer notes after the steer do not steer it again.
      commandId: commandIdFor('critic', runId, stage),
      text: instruction,
      scope: 'stage',
      // If this reviewer has finished in the meantime, the command is rejected. It never reaches another role.
      expect: { stage },
    }),
  );
  console.log(`${runId}, stage ${stage} noted "${issue.message}": ${answer}`);
}
