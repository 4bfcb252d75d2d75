import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { extname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { RunId } from '@stagewire/shared/primitives';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { acceptedEncodings, type ContentEncoding } from './accepted-encodings.ts';

export interface ConsoleRoutesOptions {
  /** The folder of the built console: `index.html`, and `assets/` with content hashes in the names. */
  readonly folder: string;
}

interface BuiltFile {
  readonly body: Buffer;
  readonly contentType: string;
  readonly etag: string;
  /** The same content, compressed when the console was built. */
  readonly encoded: Partial<Readonly<Record<ContentEncoding, EncodedBody>>>;
}

/** An encoding has an etag of its own, since a cache may hold several. */
interface EncodedBody {
  readonly body: Buffer;
  readonly etag: string;
}

/** The output of the console's build, in the repository and in the package. */
export const consoleFolder = fileURLToPath(new URL('../../../console/dist', import.meta.url));

const extensions = { br: '.br', gzip: '.gz' } as const satisfies Record<ContentEncoding, string>;

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
 * The console: its page at `/`, `/account`, `/runs/<id>` and `/runs/<id>/compare/<id>`, and the files of the build. All are read once, at creation. If
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
        request,
        cache: 'no-cache',
      });
    const notHere = (request: FastifyRequest, reply: FastifyReply) => {
      if (page === notBuilt || !wantsPage(request)) return reply.callNotFound();
      return answer(reply.code(404), pageFor(request), { request: undefined, cache: 'no-store' });
    };
    app.get('/', show);
    app.get('/account', show);
    for (const path of ['/runs/:runId', '/runs/:runId/compare', '/runs/:runId/compare/:otherId'])
      app.get<{ Params: { runId: string; otherId?: string } }>(path, (request, reply) =>
        Object.values(request.params).every((id) => RunId.safeParse(id).success)
          ? show(request, reply)
          : notHere(request, reply),
      );
    app.get('/*', notHere);
    for (const [path, file] of files) {
      if (path === '/index.html') continue;
      const cache = path.startsWith('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache';
      app.get(path, (request, reply) => answer(reply, file, { request, cache }));
    }
  };
}

/** The console has no deeper URLs; its page is cached per depth. */
const maxDepth = 20;

/** Browsers accept HTML for a navigation; scripts that fetch do not. */
function wantsPage({ headers }: FastifyRequest): boolean {
  return headers.accept?.includes('text/html') === true;
}

interface AnswerOptions {
  /** `undefined`: the whole file, whatever the request has cached or accepts. */
  readonly request: FastifyRequest | undefined;
  readonly cache: string;
}

function answer(reply: FastifyReply, file: BuiltFile, { request, cache }: AnswerOptions): FastifyReply {
  const encoding = acceptedEncodings(request?.headers['accept-encoding']).find(
    (it) => file.encoded[it] !== undefined,
  );
  const { body, etag } = (encoding === undefined ? undefined : file.encoded[encoding]) ?? file;
  reply.headers({ ...securityHeaders, 'cache-control': cache, etag });
  if (Object.keys(file.encoded).length > 0) reply.header('vary', 'accept-encoding');
  if (request !== undefined && namesEtag(request.headers['if-none-match'], etag))
    return reply.code(304).send();
  if (encoding !== undefined) reply.header('content-encoding', encoding);
  return reply.header('content-type', file.contentType).send(body);
}

/** A proxy that changed the encoding may have made the etag a weak one, and a cache names all that it holds. */
function namesEtag(header: string | undefined, etag: string): boolean {
  return header?.split(',').some((it) => it.trim().replace(/^W\//, '') === etag) === true;
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
      const file = built(readFileSync(path), contentType);
      return [
        [`/${relative(folder, path).split(sep).join('/')}`, { ...file, encoded: encodedBodies(path, file) }],
      ];
    }),
  );
}

/** What the build has written next to a file. */
function encodedBodies(path: string, { etag }: BuiltFile): BuiltFile['encoded'] {
  return Object.fromEntries(
    Object.entries(extensions).flatMap(([encoding, extension]) => {
      if (!existsSync(path + extension)) return [];
      const body = readFileSync(path + extension);
      return [[encoding, { body, etag: etag.replace(/"$/, `-${encoding}"`) }]];
    }),
  );
}

function built(body: Buffer, contentType: string): BuiltFile {
  const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`;
  return { body, contentType, etag, encoded: {} };
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
<code>npm start</code> does both. If the build failed, it has printed the reason.
</html>
`),
  'text/html; charset=utf-8',
);
