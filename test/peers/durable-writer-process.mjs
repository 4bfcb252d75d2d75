import { once } from 'node:events';
import { createServer } from 'node:http';
import { DurableStream, IdempotentProducer } from '@durable-streams/client';
import { givenPort, reportToBench } from './bench-child.mjs';
import { readProvider } from './provider-tokens.mjs';

// The application beside a Durable Streams server: it calls the model and appends every token with an
// `IdempotentProducer`, the way that is recommended for writes. Subscribers read from the store itself.

const store = process.env.BENCH_STORE;
const aborts = new Map();

const http = createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url, 'http://host');
  const model = searchParams.get('model');
  if (pathname === '/stop') {
    aborts.get(model)?.abort();
    response.end();
    return;
  }
  void start(model).then(
    () => response.end(),
    (error) => response.writeHead(500).end(String(error)),
  );
});

async function start(model) {
  const stream = await DurableStream.create({ url: `${store}/${model}`, contentType: 'application/json' });
  const producer = new IdempotentProducer(stream, 'writer', {
    autoClaim: true,
    onError: (error) => console.error(`${model}: ${error.message}`),
  });
  const abort = new AbortController();
  aborts.set(model, abort);
  let offset = 0;
  void readProvider(model, abort.signal, (text) => {
    producer.append(JSON.stringify({ offset, text }));
    offset += text.length;
  }).then(() => producer.close().catch(() => undefined));
}

http.listen(givenPort, '127.0.0.1', 4096);
await once(http, 'listening');
reportToBench(http.address().port, () => {
  http.close();
  http.closeAllConnections();
});
