import { connect } from '../../client/index.ts';

// Run as a process of its own: it must end by itself once its client is closed, whatever was under way.

const [url = '', runId = '', deadUrl = ''] = process.argv.slice(2);
const stagewire = connect({ url });
const run = stagewire.run(runId);
const reading = Array.fromAsync(run.events()).catch((error: unknown) => error);
const { outcome } = await run.steer('shorter');
void outcome;
const refused = stagewire
  .run('run_nobody-knows')
  .result()
  .catch((error: unknown) => error);
const lost = connect({ url: deadUrl });
// A port that no browser and no fetch will connect to: the socket fails at once.
const opening = connect({ url: 'http://127.0.0.1:9' });
opening
  .feed()
  .next()
  .catch(() => {
    // Closed below, as the other.
  });
const feed = lost.feed().next();
feed.catch(() => {
  // Closed below: that is what it is here for.
});
await new Promise((resolve) => {
  const stop = lost.onConnection(({ status }) => {
    if (status !== 'lost') return;
    stop();
    resolve(undefined);
  });
});
await refused;
await Promise.all([stagewire.close(), lost.close(), opening.close()]);
const error = await reading;
console.log(error instanceof Error && 'code' in error ? error.code : error, Math.round(performance.now()));
