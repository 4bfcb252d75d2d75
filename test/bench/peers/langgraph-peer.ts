import { randomUUID } from 'node:crypto';
import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openLeanEventStream } from './lean-event-stream.ts';
import type { Peer, PeerListener } from './peer.ts';
import { peerFile } from './peer-file.ts';
import { startPeerProcesses } from './peer-processes.ts';
import { openSubscriber } from './reconnecting-subscriber.ts';

export const langGraphPeer: Peer = {
  name: 'LangGraph',
  packages: ['@langchain/langgraph-api', '@langchain/langgraph', '@langchain/openai'],
  async start({ provider, folder }) {
    // As in a project that has them installed.
    await symlink(fileURLToPath(peerFile('node_modules')), join(folder, 'node_modules'));
    const env = { BENCH_PROVIDER: provider.baseUrl, BENCH_DATA: folder };
    const processes = await startPeerProcesses([() => ({ entry: peerFile('langgraph-process.mjs'), env })]);
    const port = processes.ports[0] ?? 0;
    const post = async (path: string, body: object): Promise<unknown> => {
      const response = await fetch(`http://127.0.0.1:${port}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
      const text = await response.text();
      if (!response.ok) throw new Error(`${path}: ${response.status} ${text}`);
      return text === '' ? undefined : JSON.parse(text);
    };
    return {
      ...processes,
      async begin(model) {
        const threadId = randomUUID();
        await post('/threads', { thread_id: threadId });
        const { run_id: runId } = (await post(`/threads/${threadId}/runs`, {
          assistant_id: 'agent',
          input: { messages: [{ role: 'user', content: 'go' }] },
          config: { configurable: { model } },
          stream_mode: ['messages-tuple'],
          stream_resumable: true,
        })) as { run_id: string };
        const run = `/threads/${threadId}/runs/${runId}`;
        const stream = await provider.next(model);
        return {
          stream,
          follow: (listener) => follow(port, `${run}/stream`, listener),
          cancel() {
            void post(`${run}/cancel`, {}).catch(() => undefined);
            return stream.closed;
          },
          close: () => undefined,
        };
      },
    };
  },
};

/** Joins the stream of a run from its first event, and comes back with the id of the last one. */
function follow(port: number, path: string, listener: PeerListener) {
  let lastEventId = '-1';
  return openSubscriber(() =>
    openLeanEventStream({ port, path, headers: { 'last-event-id': lastEventId } }, ({ event, data, id }) => {
      lastEventId = id ?? lastEventId;
      if (event !== 'messages') return;
      const [message] = JSON.parse(data) as [{ content?: unknown }];
      if (typeof message.content === 'string' && message.content !== '') listener.text(message.content);
    }),
  );
}
