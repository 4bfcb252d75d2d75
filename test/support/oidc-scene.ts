import type { AddressInfo } from 'node:net';
import type { StagewireError } from '@stagewire/shared';
import Fastify from 'fastify';
import { createAttemptLimiter } from '../../server/identity/attempt-limiter.ts';
import { openJwt } from '../../server/identity/jwt/open-jwt.ts';
import type { JwtSettings } from '../../server/identity/jwt/jwt-settings.ts';
import type { Principal } from '../../server/identity/principal.ts';
import { systemClock } from '../../server/runtime/clock.ts';
import { createOidcRoutes } from '../../server/transport/http/oidc-routes.ts';
import { createCookieBrowser } from './cookie-browser.ts';
import { signInAtProvider } from './oidc-login.ts';
import { apiAudience, confidential, startOidcServer } from './oidc-server.ts';

/** The routes of the code flow with a real provider, and sessions that are only remembered. */
export async function startOidcScene(
  options: {
    readonly settings?: Partial<JwtSettings>;
    readonly publicUrl?: string;
    /** With which the sessions reject each sign-in. @default they accept it */
    readonly refusal?: StagewireError;
  } = {},
) {
  const provider = await startOidcServer();
  const logged: string[] = [];
  const log = (fields: Readonly<Record<string, unknown>>, message: string) =>
    void logged.push(JSON.stringify({ ...fields, message }));
  const logger = { info: log, warn: log, error: log };
  const jwt = openJwt({
    settings: { issuer: provider.issuer, audience: apiAudience, client: confidential, ...options.settings },
    clock: systemClock,
    logger,
  });
  if (jwt.codeFlow === undefined) throw new Error('no client');
  const created: Principal[] = [];
  const startSession = async (principal: Principal) => {
    if (options.refusal !== undefined) throw options.refusal;
    created.push(principal);
    return { cookie: `session=${created.length}; Path=/; HttpOnly; SameSite=Lax` };
  };
  const addressOf = () => '127.0.0.1';
  const app = Fastify();
  const limiter = createAttemptLimiter({ clock: systemClock });
  const { publicUrl } = options;
  createOidcRoutes({ codeFlow: jwt.codeFlow, startSession, addressOf, publicUrl, limiter, logger })(app);
  app.get('/*', () => 'the console');
  await app.listen({ port: 0, host: '127.0.0.1' });
  const url = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`;
  const callback = `${url}/session/oidc/callback`;

  return {
    url,
    callback,
    provider,
    created,
    logged,
    newBrowser: createCookieBrowser,
    /** Begins to sign in, and signs in at the provider. Returns where it sends the browser, which has not gone there. */
    async comeBack(browser = createCookieBrowser(), { name = 'ada', from = '' } = {}): Promise<string> {
      const page = await browser.open(`${url}/session/oidc${from}`);
      const back = await signInAtProvider(browser, page, { name, until: callback });
      return back.url;
    },
    async [Symbol.asyncDispose]() {
      await app.close();
      await jwt.close();
      await provider[Symbol.asyncDispose]();
    },
  };
}
