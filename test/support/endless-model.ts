import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';

/** A Chat Completions API whose answers do not end, as fast as they are read. */
export interface EndlessModel extends AsyncDisposable {
  /** With `/v1`. */
  readonly baseUrl: string;
  /** Requests so far. */
  readonly requests: number;
  /** Chars that the sockets have accepted so far. */
  readonly acceptedChars: number;
  /** Lets all answers begin, these and later ones. Before that each has one block only. */
  flood(): void;
}

const blockChars = 1000;

/** The text of an answer, up to this length. */
export function endlessText(chars: number): string {
  const blocks = Array.from({ length: Math.ceil(chars / blockChars) }, (_, index) => blockOf(index));
  return blocks.join('').slice(0, chars);
}

function blockOf(index: number): string {
  return String(index).padStart(blockChars, '.');
}

function frameOf(index: number): string {
  const choice = { index: 0, delta: { content: blockOf(index) }, finish_reason: null };
  return `data: ${JSON.stringify({ id: 'chatcmpl-endless', object: 'chat.completion.chunk', created: 1, model: 'endless', choices: [choice] })}\n\n`;
}

export async function startEndlessModel(): Promise<EndlessModel> {
  const flooding = Promise.withResolvers<void>();
  let requests = 0;
  let acceptedChars = 0;
  const server = createServer((request, response) => {
    const answer = async () => {
      await json(request);
      requests += 1;
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(frameOf(0));
      await flooding.promise;
      for (let index = 1; !response.destroyed; index += 1) {
        const isAccepted = response.write(frameOf(index));
        acceptedChars += blockChars;
        if (!isAccepted) await Promise.race([once(response, 'drain'), once(response, 'close')]);
      }
    };
    answer().catch(() => response.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    get requests() {
      return requests;
    },
    get acceptedChars() {
      return acceptedChars;
    },
    flood: () => flooding.resolve(),
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}
