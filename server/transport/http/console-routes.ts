import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { extname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { RunId } from '@stagewire/shared/primitives';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

export interface ConsoleRoutesOptions {
  /** The folder of the built console: `index.html`, and `assets/` with content hashes in the names. */
  readonly folder: string;
}

interface BuiltFile {
  readonly body: Buffer;
  readonly contentType: string;
  readonly etag: string;
}

/** The output of the console's build. */
export const consoleFolder = fileURLToPath(new URL('../../../console/dist', import.meta.url));

const contentTypes: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/**
 * Restricts the pages of the console. They show model output, so they load from and send to this server only,
 * inline no scripts or styles, and cannot be framed by other sites.
 */
const securityHeaders = {
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    "worker-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
} as const;

/**
 * The console: its page at `/` and `/runs/<id>`, and the files of the build. All are read once, at creation. If
 * the console is not built, `/` explains how to build it.
 *
 * A browser that requests an unknown page gets the same page with 404, and the page says so; other clients get
 * the server's own response.
 */
export function createConsoleRoutes({ folder }: ConsoleRoutesOptions): (app: FastifyInstance) => void {
  const files = readBuiltFiles(folder);
  const index = files.get('/index.html');
  const page = index ?? notBuilt;
  const pages = new Map<number, BuiltFile>();
  const status = page === notBuilt ? 503 : 200;

  /** The page references its files relatively, so that a proxy may serve it below a path. */
  function pageFor({ url }: FastifyRequest): BuiltFile {
    if (index === undefined) return notBuilt;
    const depth = Math.min((url.split('?', 1)[0] ?? '').split('/').length - 2, maxDepth);
    const cached = pages.get(depth);
    if (cached !== undefined) return cached;
    const up = depth <= 0 ? './' : '../'.repeat(depth);
    const made = built(Buffer.from(index.body.toString().replaceAll('="./', `="${up}`)), index.contentType);
    pages.set(depth, made);
    return made;
  }

  return (app) => {
    const show = (request: FastifyRequest, reply: FastifyReply) =>
      answer(reply.code(status), pageFor(request), {
        ifNoneMatch: request.headers['if-none-match'],
        cache: 'no-cache',
      });
    const notHere = (request: FastifyRequest, reply: FastifyReply) => {
      if (page === notBuilt || !wantsPage(request)) return reply.callNotFound();
      return answer(reply.code(404), pageFor(request), { ifNoneMatch: undefined, cache: 'no-store' });
    };
    app.get('/', show);
    app.get<{ Params: { runId: string } }>('/runs/:runId', (request, reply) =>
      RunId.safeParse(request.params.runId).success ? show(request, reply) : notHere(request, reply),
    );
    app.get('/*', notHere);
    for (const [path, file] of files) {
      if (path === '/index.html') continue;
      const cache = path.startsWith('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache';
      app.get(path, (request, reply) =>
        answer(reply, file, { ifNoneMatch: request.headers['if-none-match'], cache }),
      );
    }
  };
}

/** The console has no deeper URLs; its page is cached per depth. */
const maxDepth = 20;

/** Browsers accept HTML for a navigation; scripts that fetch do not. */
function wantsPage({ headers }: FastifyRequest): boolean {
  return headers.accept?.includes('text/html') === true;
}

function answer(
  reply: FastifyReply,
  { body, contentType, etag }: BuiltFile,
  { ifNoneMatch, cache }: { readonly ifNoneMatch: string | undefined; readonly cache: string },
): FastifyReply {
  reply.headers({ ...securityHeaders, 'cache-control': cache, etag });
  if (ifNoneMatch === etag) return reply.code(304).send();
  return reply.header('content-type', contentType).send(body);
}

function readBuiltFiles(folder: string): ReadonlyMap<string, BuiltFile> {
  let entries;
  try {
    entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  } catch (error) {
    // Not built: the server works without a console, and its page explains how to build it.
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return new Map();
    throw error;
  }
  return new Map(
    entries.flatMap((entry) => {
      const contentType = contentTypes[extname(entry.name)];
      if (!entry.isFile() || contentType === undefined) return [];
      const path = join(entry.parentPath, entry.name);
      return [[`/${relative(folder, path).split(sep).join('/')}`, built(readFileSync(path), contentType)]];
    }),
  );
}

function built(body: Buffer, contentType: string): BuiltFile {
  const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`;
  return { body, contentType, etag };
}

const notBuilt = built(
  Buffer.from(`<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Stagewire</title>
<h1>The console is not built</h1>
<p>The server runs, and everything but this page works: the command line, the API at <code>/trpc</code>.
<p>To build the console, run <code>npm run build:console</code> in Stagewire's folder and start the server again;
<code>npm start</code> does both. If it did and this page is still here, it has printed why.
</html>
`),
  'text/html; charset=utf-8',
);
