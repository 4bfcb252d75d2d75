import { expect, test } from 'vitest';
import { startServerProcess } from '../support/server-process.ts';

// Ctrl-C on `npm start | tee log` ends tee first: "Stopping" was written to nobody, and the error ended the server
// in the middle of stopping, before it had asked its clients to come back.
test('a server whose output nobody reads any more stops in order', async () => {
  await using server = await startServerProcess();
  server.child.stdout?.destroy();
  expect(await server.stop()).toBe(0);
}, 20_000);
