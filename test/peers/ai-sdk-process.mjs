import { once } from 'node:events';
import { createServer } from 'node:http';
import { Readable } from 'node:stream';
import { json } from 'node:stream/consumers';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import {
  generateId,
  pipeUIMessageStreamToResponse,
  streamText,
  toUIMessageStream,
  UI_MESSAGE_STREAM_HEADERS,
} from 'ai';
import { createClient } from 'redis';
import { createResumableStreamContext } from 'resumable-stream';
import { givenPort, providerUrl, reportToBench } from './bench-child.mjs';

// The page "Chatbot Resume Streams" of the AI SDK, on a plain Node server: POST starts an answer, GET resumes it, a
// stop endpoint cancels it. Which stream is a chat's active one is in Redis too.

const provider = createOpenAICompatible({ name: 'bench', apiKey: 'bench', baseURL: providerUrl });
const chats = await createClient({ url: process.env.REDIS_URL }).connect();
const streams = createResumableStreamContext({ waitUntil: (promise) => void promise.catch(() => undefined) });
const aborts = new Map();

const http = createServer((request, response) => {
  answer(request, response).catch((error) => {
    console.error(`${request.method} ${request.url}: ${error.message}`);
    response.destroy();
  });
});

async function answer(request, response) {
  const [, id, action] = /^\/api\/chat\/([^/]+)(?:\/(\w+))?$/.exec(request.url) ?? [];
  if (action === 'stream') return resume(id, response);
  if (action === 'stop') {
    aborts.get(id)?.abort();
    await chats.del(`chat:${id}`);
    response.end();
    return;
  }
  await json(request);
  const abort = new AbortController();
  aborts.set(id, abort);
  const result = streamText({
    model: provider(id),
    prompt: 'go',
    maxRetries: 0,
    abortSignal: abort.signal,
    onError: () => undefined,
  });
  await pipeUIMessageStreamToResponse({
    response,
    stream: toUIMessageStream({ stream: result.stream, onEnd: () => void chats.del(`chat:${id}`) }),
    async consumeSseStream({ stream }) {
      const streamId = generateId();
      await streams.createNewResumableStream(streamId, () => stream);
      await chats.set(`chat:${id}`, streamId);
    },
  });
}

async function resume(id, response) {
  const streamId = await chats.get(`chat:${id}`);
  const stream = streamId === null ? null : await streams.resumeExistingStream(streamId);
  if (!stream) {
    response.writeHead(204).end();
    return;
  }
  response.writeHead(200, UI_MESSAGE_STREAM_HEADERS);
  const readable = Readable.fromWeb(stream);
  response.once('close', () => readable.destroy());
  readable.on('error', () => response.destroy());
  readable.pipe(response);
}

http.listen(givenPort, '127.0.0.1', 4096);
await once(http, 'listening');
reportToBench(http.address().port, () => process.exit());
