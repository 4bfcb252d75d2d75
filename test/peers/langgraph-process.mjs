import { fileURLToPath } from 'node:url';
import { startServer } from '@langchain/langgraph-api/server';
import { freePort } from '../support/free-port.ts';
import { givenPort, reportToBench } from './bench-child.mjs';

// What `langgraphjs dev --no-reload` starts, in this process so that it can be measured. More workers than the ten of
// the default: it executes only so many runs at once.

const port = givenPort || (await freePort());
const { cleanup } = await startServer({
  port,
  nWorkers: 50,
  host: '127.0.0.1',
  cwd: process.env.BENCH_DATA,
  graphs: { agent: `${fileURLToPath(new URL('langgraph-graph.mjs', import.meta.url))}:graph` },
});
reportToBench(port, async () => {
  await Promise.race([cleanup(), new Promise((resolve) => setTimeout(resolve, 2000).unref())]);
  process.exit();
});
