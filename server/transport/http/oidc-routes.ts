import type { IncomingMessage } from 'node:http';
import { StagewireError } from '@stagewire/shared';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { AttemptLimiter } from '../../identity/attempt-limiter.ts';
import type { CodeFlow } from '../../identity/jwt/code-flow.ts';
import { SignInFailed } from '../../identity/jwt/sign-in-failed.ts';
import type { Principal } from '../../identity/principal.ts';
import { isLoopback } from '../../runtime/is-loopback.ts';
import type { Logger } from '../../runtime/logger.ts';
import { localPath } from './local-path.ts';
import { clearOidcCookie, readOidcCookie, setOidcCookie } from './oidc-cookie.ts';
import { oidcPage, type OidcPageProblem } from './oidc-page.ts';

export interface OidcRoutesOptions {
  readonly codeFlow: CodeFlow;
  /** Starts a session, and returns the header `Set-Cookie`. @throws StagewireError FORBIDDEN, UNAUTHENTICATED, RATE_LIMITED */
  readonly startSession: (
    principal: Principal,
    request: IncomingMessage,
  ) => Promise<{ readonly cookie: string }>;
  /** The address whose attempts are counted. */
  readonly addressOf: (request: IncomingMessage) => string | undefined;
  /** The URL at which browsers reach the server. @default its loopback address, as the browser names it */
  readonly publicUrl?: string | undefined;
  /** The path below which the server serves everything, without a slash at its end. @default '' */
  readonly basePath?: string | undefined;
  readonly limiter: Pick<AttemptLimiter, 'fail' | 'isLimited'>;
  readonly logger: Logger;
}

export const oidcPath = '/session/oidc';

/**
 * Signs people in to the console by the identity provider: `/session/oidc?return=/path` sends the browser there, and the
 * provider sends it back to `/session/oidc/callback`. State, nonce and PKCE verifier are in a cookie of that browser.
 */
export function createOidcRoutes(options: OidcRoutesOptions): (app: FastifyInstance) => void {
  const { codeFlow, startSession, addressOf, limiter, logger } = options;

  async function begin(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
    const base = baseOf(request, options);
    if (base === undefined) return show(reply, 'address', { basePath: '' });
    const { searchParams } = new URL(request.url, base);
    const returnTo = localPath(searchParams.get('return') ?? undefined);
    try {
      const { url, pending } = await codeFlow.begin(callbackOf(base));
      return await reply
        .header('set-cookie', setOidcCookie(base, { ...pending, returnTo }))
        .header('referrer-policy', 'no-referrer')
        .redirect(url, 302);
    } catch (error) {
      return fail(reply, { error, base, address: undefined });
    }
  }

  async function finish(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
    const base = baseOf(request, options);
    if (base === undefined) return show(reply, 'address', { basePath: '' });
    const cookie = readOidcCookie(base, request.headers.cookie);
    // One use, also after a failure.
    void reply.header('set-cookie', clearOidcCookie(base));
    const callback = new URL(callbackOf(base));
    callback.search = request.url.split('?').slice(1).join('?');
    if (cookie === undefined || callback.searchParams.get('state') !== cookie.state) {
      return show(reply, 'expired', { basePath: basePathOf(base) });
    }
    const address = addressOf(request.raw);
    // Each code costs a request to the provider, and one of the few that are exchanged at the same time.
    if (limiter.isLimited(address)) return show(reply, 'limited', { basePath: basePathOf(base) });
    try {
      const principal = await codeFlow.finish(callback, cookie);
      const { cookie: session } = await startSession(principal, request.raw);
      return await reply
        .header('set-cookie', session)
        .header('referrer-policy', 'no-referrer')
        .redirect(localPath(cookie.returnTo), 302);
    } catch (error) {
      return fail(reply, { error, base, address });
    }
  }

  function fail(
    reply: FastifyReply,
    {
      error,
      base,
      address,
    }: { readonly error: unknown; readonly base: URL; readonly address: string | undefined },
  ): FastifyReply {
    const basePath = basePathOf(base);
    if (error instanceof StagewireError) {
      if (error.code === 'RATE_LIMITED') return show(reply, 'limited', { basePath });
      const isRefused = error.code === 'FORBIDDEN' || error.code === 'UNAUTHENTICATED';
      if (isRefused) return show(reply, 'identity', { basePath, detail: error.message });
    }
    if (!(error instanceof SignInFailed)) throw error;
    const { problem, message } = error;
    logger.warn({ problem: message.slice(0, 300), address }, 'a sign-in at the identity provider has failed');
    const isAttempt = problem === 'invalid' || problem === 'identity';
    const isLimited = isAttempt && limiter.fail(address) !== undefined;
    return show(reply, isLimited ? 'limited' : problem, {
      basePath,
      detail: !isLimited && problem === 'identity' ? message : undefined,
    });
  }

  return (app) => {
    app.get(oidcPath, { exposeHeadRoute: false }, begin);
    app.get(`${oidcPath}/callback`, { exposeHeadRoute: false }, finish);
  };
}

function show(
  reply: FastifyReply,
  problem: OidcPageProblem,
  options: { readonly basePath: string; readonly detail?: string | undefined },
): FastifyReply {
  const { status, headers, body } = oidcPage(problem, options);
  return reply.code(status).headers(headers).send(body);
}

/**
 * The URL of the server as the browser sees it. Without a public URL only loopback is certain: the scheme in front of a
 * proxy is not known.
 */
function baseOf(
  { headers }: FastifyRequest,
  { publicUrl, basePath = '' }: Pick<OidcRoutesOptions, 'publicUrl' | 'basePath'>,
): URL | undefined {
  if (publicUrl !== undefined) return new URL(publicUrl);
  const url = URL.parse(`http://${headers.host ?? ''}${basePath}`);
  return url !== null && isLoopback(url.hostname) ? url : undefined;
}

function callbackOf(base: URL): string {
  return `${base.origin}${basePathOf(base)}${oidcPath}/callback`;
}

function basePathOf({ pathname }: URL): string {
  return pathname.replace(/\/+$/, '');
}
