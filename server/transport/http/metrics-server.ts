import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { isIP, type AddressInfo } from 'node:net';
import { isLoopback } from '../../runtime/is-loopback.ts';
import { metricsContentType, type MetricsPage } from '../../metrics/metrics-page.ts';

export interface MetricsServerOptions {
  readonly page: MetricsPage;
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
}

/** A port for metrics only, without authentication. */
export interface MetricsServer {
  readonly address: AddressInfo;
  close(): Promise<void>;
}

/** Scrapers are few: more connections are not accepted. */
const maxConnections = 32;
/** Limit of a request, and of an idle connection, in milliseconds. */
const timeoutMs = 10_000;
const maxHeaderBytes = 16 * 1024;

/**
 * Serves `GET /metrics`. The name in `Host` must be an address or `localhost`: otherwise a page in a browser could read the
 * metrics by a name of its own that resolves to this address.
 *
 * @throws Error of the system if the port is in use.
 */
export async function openMetricsServer(options: MetricsServerOptions): Promise<MetricsServer> {
  const { page, host, port } = options;
  const server = createServer(
    {
      requestTimeout: timeoutMs,
      headersTimeout: timeoutMs,
      keepAliveTimeout: timeoutMs,
      maxHeaderSize: maxHeaderBytes,
    },
    (request, response) => void answer(request, response, page),
  );
  server.maxConnections = maxConnections;
  // A response that its client does not read.
  server.setTimeout(timeoutMs);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port }, () => {
      server.off('error', reject);
      resolve();
    });
  });
  return {
    address: server.address() as AddressInfo,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(request: IncomingMessage, response: ServerResponse, page: MetricsPage): Promise<void> {
  const { method = '', url = '' } = request;
  response.setHeader('cache-control', 'no-store');
  response.setHeader('x-content-type-options', 'nosniff');
  if (!isAddress(request.headers.host))
    return refuse(response, 403, 'The host must be an IP address or localhost.');
  if (url.split('?', 1)[0] !== '/metrics') return refuse(response, 404, 'Only /metrics is here.');
  if (method !== 'GET' && method !== 'HEAD') {
    response.setHeader('allow', 'GET, HEAD');
    return refuse(response, 405, 'Only GET is allowed.');
  }
  try {
    const body = await page.read();
    response.writeHead(200, { 'content-type': metricsContentType, 'content-length': body.length });
    response.end(method === 'HEAD' ? undefined : body);
  } catch {
    // The page has logged it.
    refuse(response, 500, 'The metrics could not be read.');
  }
}

function refuse(response: ServerResponse, status: number, message: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' });
  response.end(`${message}\n`);
}

function isAddress(host = ''): boolean {
  const name = URL.parse(`http://${host}`)?.hostname ?? '';
  return isLoopback(name) || isIP(name.replace(/^\[|\]$/g, '')) !== 0;
}
