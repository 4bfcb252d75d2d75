import type { ServerInfo } from '@stagewire/client';
import { CliProblem, commandName } from './cli-problem.ts';

/** @throws CliProblem for a server without authentication, of which no caller can be an admin. */
export function requireAdmin({ auth }: Pick<ServerInfo, 'auth'>, command: string): void {
  if (auth.length > 0) return;
  throw new CliProblem(
    `The command ${command} needs the permission admin, which no caller of this server has: it runs without authentication. ` +
      'Start it with STAGEWIRE_AUTH=keys, and sign in with a key of an admin: ' +
      `"${commandName} keys create --name ada --permissions admin | ${commandName} login".`,
  );
}
