import { connect, type Stagewire } from '@stagewire/client';
import type { CliContext } from './cli-context.ts';
import { needServer } from './find-server.ts';
import { isRenewed, tokenFor } from './token-for.ts';

/**
 * A client of the server of this environment, or of `url`, with the user's token. A token that can be renewed is, for as
 * long as the client is used.
 *
 * @throws CliProblem
 */
export async function connectTo(context: CliContext, url?: string): Promise<Stagewire> {
  const server = url ?? (await needServer(context));
  const token = await tokenFor(context, server);
  if (token === undefined || !(await isRenewed(context, server))) return connect({ url: server, token });
  return connect({ url: server, token: async () => (await tokenFor(context, server)) ?? token });
}
