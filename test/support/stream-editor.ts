import { once } from 'node:events';
import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream';

export interface StreamEditorOptions {
  readonly targetPort: number;
  /** Changes one server-sent event, with its fields; `undefined` leaves it out. */
  readonly edit: (frame: string) => string | undefined;
  /** Only the first event that `edit` changes is changed. @default false */
  readonly once?: boolean;
}

export interface StreamEditor extends AsyncDisposable {
  readonly url: string;
}

/** A proxy that changes server-sent events, and nothing else. WebSockets do not get through. */
export async function startStreamEditor({
  targetPort,
  edit,
  once: isOnce = false,
}: StreamEditorOptions): Promise<StreamEditor> {
  let isSpent = false;
  const edited = (frame: string) => {
    if (isSpent) return frame;
    const changed = edit(frame);
    if (isOnce && changed !== frame) isSpent = true;
    return changed;
  };
  const server: Server = createServer((incoming, outgoing) => {
    const { method, url, headers } = incoming;
    const sent = request({ host: '127.0.0.1', port: targetPort, method, path: url, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      if (answer.headers['content-type']?.startsWith('text/event-stream') !== true) {
        pipeline(answer, outgoing, () => {});
        return;
      }
      outgoing.flushHeaders();
      let rest = '';
      answer.setEncoding('utf8');
      answer.on('data', (chunk: string) => {
        const frames = (rest + chunk).split('\n\n');
        rest = frames.pop() ?? '';
        for (const frame of frames.map(edited)) if (frame !== undefined) outgoing.write(`${frame}\n\n`);
      });
      answer.on('close', () => outgoing.end(rest));
      outgoing.on('close', () => answer.destroy());
    });
    sent.on('error', () => outgoing.destroy());
    outgoing.on('close', () => sent.destroy());
    pipeline(incoming, sent, () => {});
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
