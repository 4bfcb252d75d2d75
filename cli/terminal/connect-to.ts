import { connect, type Stagewire } from '@stagewire/client';
import type { CliContext } from './cli-context.ts';
import { needServer } from './find-server.ts';
import { tokenFor } from './token-for.ts';

/** A client of the server of this environment, or of `url`, with the user's token. @throws CliProblem */
export async function connectTo(context: CliContext, url?: string): Promise<Stagewire> {
  const server = url ?? (await needServer(context));
  return connect({ url: server, token: await tokenFor(context, server) });
}
