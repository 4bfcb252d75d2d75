import type { FastifyInstance } from 'fastify';
import type { Authentication } from '../../identity/authentication.ts';
import type { Logger } from '../../runtime/logger.ts';
import { createOidcRoutes } from './oidc-routes.ts';
import { createSessionRoutes, type SessionRoutesOptions } from './session-routes.ts';

export interface SignInRoutesOptions
  extends
    Pick<Authentication, 'signIn' | 'codeFlow' | 'codeLimiter' | 'addressOf'>,
    Omit<SessionRoutesOptions, 'signIn'> {
  readonly publicUrl: string | undefined;
  readonly basePath: string;
  readonly logger: Logger;
}

/** The routes with which browsers sign in and out: of sessions, and of an OpenID provider if there is one. */
export function createSignInRoutes(options: SignInRoutesOptions): (app: FastifyInstance) => void {
  const { signIn, codeFlow, codeLimiter: limiter, addressOf, publicUrl, basePath, logger } = options;
  return (app) => {
    createSessionRoutes(options)(app);
    if (codeFlow === undefined) return;
    const startSession = signIn.startAs;
    createOidcRoutes({ codeFlow, startSession, addressOf, publicUrl, basePath, limiter, logger })(app);
  };
}
