// Starts a run, prints its tokens as they arrive, steers its coder once, and prints the outcome of both.
import { connect, type AcceptedCommand } from '@stagewire/client';

await using stagewire = connect({
  url: process.env['STAGEWIRE_URL'] ?? 'http://127.0.0.1:4600',
  token: process.env['STAGEWIRE_TOKEN'],
});
const run = await stagewire.start({ task: 'A rate limiter in TypeScript, with tests' });
let steer: AcceptedCommand | undefined;

for await (const event of run.events()) {
  if (event.type === 'stage.started') {
    console.log(`\n\n=== ${event.role}, stage ${event.stage}, attempt ${event.attempt} (${event.cause})\n`);
  }
  if (event.type !== 'stage.delta') continue;
  process.stdout.write(event.text);
  if (event.role === 'coder') steer ??= await run.steer('Keep it in one file.');
}

const outcome = await steer?.outcome; // { status: 'applied', stage: 2, attempt: 2 }
const { status, verdict, usage } = await run.result();
console.log(`\n\n${run.id} ${status}, review: ${verdict}, ${usage.outputTokens} tokens written`);
console.log('The steer was', outcome);
