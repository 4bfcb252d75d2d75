import { once } from 'node:events';
import { createServer, request } from 'node:http';
import { connect, type AddressInfo } from 'node:net';

export interface PathProxyOptions {
  /** The port on 127.0.0.1 of the server behind. */
  readonly targetPort: number;
  /** What is cut off every path, as nginx's `location /stagewire/ { proxy_pass http://…/; }` does. @default '' */
  readonly prefix?: string;
  /** Are WebSockets let through? @default true */
  readonly upgrades?: boolean;
  /** What `authorization` must say; else it is 401. @default nothing is asked */
  readonly authorization?: string;
  /** Is the whole path given on to another origin by a 307? @default no */
  readonly redirectTo?: string;
  /** What is added to every request, as a proxy does that signs its users in. @default nothing */
  readonly adds?: () => Readonly<Record<string, string>>;
}

/** A reverse proxy of HTTP, as people put before a server. */
export interface PathProxy extends AsyncDisposable {
  readonly port: number;
  readonly url: string;
}

const hopByHop = new Set(['connection', 'upgrade']);

export async function startPathProxy(options: PathProxyOptions): Promise<PathProxy> {
  const { targetPort, prefix = '', upgrades = true, authorization, redirectTo, adds } = options;
  const server = createServer({ shouldUpgradeCallback: () => upgrades }, (asked, answer) => {
    const path = asked.url?.startsWith(prefix) === true ? asked.url.slice(prefix.length) : undefined;
    if (authorization !== undefined && asked.headers.authorization !== authorization) {
      answer.writeHead(401, { 'www-authenticate': 'Basic', 'content-type': 'text/html' }).end('<h1>401</h1>');
      return;
    }
    if (redirectTo !== undefined || path === undefined) {
      answer.writeHead(redirectTo === undefined ? 404 : 307, { location: `${redirectTo}${path}` }).end();
      return;
    }
    const kept = Object.fromEntries(Object.entries(asked.headers).filter(([name]) => !hopByHop.has(name)));
    const headers = { ...kept, ...adds?.() };
    const far = request(
      { host: '127.0.0.1', port: targetPort, path, method: asked.method, headers },
      (got) => {
        answer.writeHead(got.statusCode ?? 502, got.headers);
        got.pipe(answer);
      },
    );
    far.on('error', () => answer.destroy());
    asked.pipe(far);
  });
  server.on('upgrade', (asked, near) => {
    if (authorization !== undefined && asked.headers.authorization !== authorization) {
      near.destroy();
      return;
    }
    const far = connect(targetPort, '127.0.0.1');
    const lines = [];
    for (let n = 0; n < asked.rawHeaders.length; n += 2)
      lines.push(`${asked.rawHeaders[n]}: ${asked.rawHeaders[n + 1]}`);
    for (const [name, value] of Object.entries(adds?.() ?? {})) lines.push(`${name}: ${value}`);
    far.write([`GET ${asked.url?.slice(prefix.length)} HTTP/1.1`, ...lines, '', ''].join('\r\n'));
    near.pipe(far).pipe(near);
    for (const end of [near, far])
      end.on('error', () => {}).on('close', () => (near.destroy(), far.destroy()));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `http://127.0.0.1:${port}${prefix}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
