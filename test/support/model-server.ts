import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A provider's server on the loopback that answers every request the same way, and remembers who asked. */
export interface ModelServer extends AsyncDisposable {
  /** Without `/v1`. */
  readonly url: string;
  readonly requests: readonly { readonly path: string; readonly key: string }[];
}

/** `ids`: the models that it lists. Else: how it answers; never, if it does nothing. */
export async function createModelServer(
  answer: readonly string[] | ((request: IncomingMessage, response: ServerResponse) => void),
): Promise<ModelServer> {
  const requests: { path: string; key: string }[] = [];
  const server = createServer((request, response) => {
    const { authorization = '', 'x-api-key': key = authorization.replace('Bearer ', '') } = request.headers;
    requests.push({ path: request.url ?? '', key: String(key) });
    if (typeof answer === 'function') return answer(request, response);
    response.setHeader('content-type', 'application/json');
    const data = answer.map((id) => ({ id, type: 'model', object: 'model', created: 0, owned_by: 'test' }));
    response.end(JSON.stringify({ object: 'list', data, has_more: false }));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}
