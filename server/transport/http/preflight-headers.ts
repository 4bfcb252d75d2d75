import type { FastifyReply, FastifyRequest } from 'fastify';

/** Only a page of this server may send it, which needs no preflight. */
const csrfHeader = 'x-stagewire-csrf';

const usualHeaders = ['content-type', 'last-event-id', 'trpc-accept', 'authorization'];

/** Tracing in a page adds headers to every request, and the page is admitted: it may send what it asks for. */
export function allowedHeaders(asked: string | undefined): string {
  const names = (asked ?? '')
    .slice(0, 4096)
    .toLowerCase()
    .split(',')
    .map((name) => name.trim());
  return [
    ...new Set([...usualHeaders, ...names.filter((name) => /^[a-z0-9!#$%&'*+.^_`|~-]{1,128}$/.test(name))]),
  ]
    .filter((name) => name !== csrfHeader)
    .join(', ');
}

/** Answers a preflight; returns whether the request was one. */
export function answerPreflight(request: FastifyRequest, reply: FastifyReply): boolean {
  if (request.method !== 'OPTIONS' || request.headers['access-control-request-method'] === undefined)
    return false;
  void reply
    .headers({
      'access-control-allow-methods': 'GET, POST',
      'access-control-allow-headers': allowedHeaders(request.headers['access-control-request-headers']),
      'access-control-max-age': '600',
    })
    .code(204)
    .send();
  return true;
}
