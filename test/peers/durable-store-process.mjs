import { DurableStreamTestServer } from '@durable-streams/server';
import { givenPort, reportToBench } from './bench-child.mjs';

// The Node server of Durable Streams, with its log in files.

const server = new DurableStreamTestServer({
  port: givenPort,
  host: '127.0.0.1',
  dataDir: process.env.BENCH_DATA,
});
await server.start();
reportToBench(Number(new URL(server.url ?? server.baseUrl).port), () => server.stop());
