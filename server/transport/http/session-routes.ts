import type { IncomingMessage } from 'node:http';
import { errorTable } from '@stagewire/shared';
import { RefreshInput } from '@stagewire/shared/keys';
import { wireErrors } from '@stagewire/shared/wire-errors';
import { getTRPCErrorFromUnknown, TRPCError } from '@trpc/server';
import { getHTTPStatusCodeFromError } from '@trpc/server/http';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { shownIdentity } from '../../api/info-for.ts';
import { toStagewireError } from '../../api/wire-error.ts';
import type { SignIn } from '../../identity/sessions/sign-in.ts';
import type { OnInternalError } from '../call-errors.ts';
import { createCallErrorReporter } from '../call-errors.ts';
import { plainError, type OnRejected } from '../plain-error.ts';
import type { SharedWithRoutes } from './http-server.ts';
import { readBody } from './read-body.ts';

export interface SessionRoutesOptions {
  readonly signIn: SignIn;
  readonly onInternalError: OnInternalError;
  /** Called with the code of each error that a client gets. @default not called */
  readonly onRejected?: OnRejected | undefined;
  /** Called with who has signed in. @default not called */
  readonly identified?: SharedWithRoutes['identified'] | undefined;
}

/** Bytes of the body with the token. */
const maxBodyBytes = 16 * 1024;

/** The session of a browser: `POST /session`, `DELETE /session` and `POST /session/ticket`. */
export function createSessionRoutes(options: SessionRoutesOptions): (app: FastifyInstance) => void {
  const { signIn } = options;
  const reportInternal = createCallErrorReporter(options);

  /** Answers errors as `plainError`. */
  function answered(answer: (request: IncomingMessage, reply: FastifyReply) => Promise<unknown>) {
    return async (request: FastifyRequest, reply: FastifyReply): Promise<unknown> => {
      try {
        return await answer(request.raw, reply);
      } catch (error) {
        // A client that disconnects during a request makes it fail; that is not a defect.
        if (reply.raw.destroyed) return reply.hijack();
        const asked = getTRPCErrorFromUnknown(error);
        reportInternal({ error: asked, path: request.routeOptions.url });
        const refusal = toStagewireError(asked);
        const status = getHTTPStatusCodeFromError(new TRPCError({ code: errorTable[refusal.code].trpc }));
        return reply.code(status).send(plainError(refusal));
      }
    };
  }

  return (app) => {
    app.post(
      '/session',
      answered(async (request, reply) => {
        signIn.check(request);
        const { token } = parsed(await readBody(request, maxBodyBytes));
        const { cookie, principal } = await signIn.start(token, request);
        options.identified?.(request, principal);
        return reply.header('set-cookie', cookie).send(shownIdentity(principal));
      }),
    );
    app.delete(
      '/session',
      answered(async (request, reply) => {
        const cookie = await signIn.end(request);
        return reply.header('set-cookie', cookie).code(204).send();
      }),
    );
    app.post(
      '/session/ticket',
      answered(async (request, reply) => {
        const { ticket, expiresAtMs } = await signIn.issueTicket(request);
        return reply.send({ ticket, expiresAt: new Date(expiresAtMs).toISOString() });
      }),
    );
  };
}

const onlyToken = 'must be the only field, a text of at most 8192 characters';

/** @throws StagewireError INVALID_INPUT, which does not repeat the body. */
function parsed(body: Buffer): { readonly token: string } {
  let input: unknown;
  try {
    input = JSON.parse(body.toString('utf8'));
  } catch (error) {
    throw wireErrors.INVALID_INPUT.notJson('the body cannot be parsed', error);
  }
  const result = RefreshInput.safeParse(input);
  if (!result.success) throw wireErrors.INVALID_INPUT.fields([{ field: 'token', message: onlyToken }]);
  return result.data;
}
