import { startApp, type App } from '@stagewire/server/app';
import { readConfig, type Config } from '@stagewire/server/process/config';
import { environmentSecrets } from '@stagewire/server/process/environment-secrets';
import type { Logger } from '@stagewire/server/runtime/logger';
import { startProblem } from '@stagewire/server/process/start-problem';
import type { CliContext } from '../terminal/cli-context.ts';
import { CliProblem, commandName } from '../terminal/cli-problem.ts';

/**
 * Starts an embedded server for one run, and reports it.
 *
 * It listens on a free port unless STAGEWIRE_PORT is set: a second terminal finds it through the data directory.
 *
 * @param hasKeys Whether the run is steered by keys in its own window, which shows them.
 * @throws CliProblem with the reason if it does not start.
 */
export async function startOwnServer({ env, envFile, screen }: CliContext, hasKeys: boolean): Promise<App> {
  const { app, config } = await start({ env, envFile }, noteLogger(screen.note)).catch((error: unknown) => {
    // Of an unexpected error only the message: the stack follows below it.
    if (error instanceof CliProblem) throw error;
    throw new CliProblem(
      environmentSecrets(env)
        .redact(startProblem(error))
        .replace(/\n {4}at [^]*$/, ''),
    );
  });
  const token = config.auth.length === 0 ? '' : 'STAGEWIRE_TOKEN=… ';
  const found = config.log === 'sqlite' ? token : `STAGEWIRE_URL=${app.url} ${token}`;
  for (const line of [
    `No server is running. Started one at ${app.url}; it stops when the run ends.`,
    ...app.notes,
    ...(hasKeys
      ? []
      : [`To steer the run, in a second terminal: ${found}${commandName} steer "your instruction"`]),
  ]) {
    screen.note(line);
  }
  return app;
}

async function start(
  { env, envFile }: Pick<CliContext, 'env' | 'envFile'>,
  logger: Logger,
): Promise<{ app: App; config: Config }> {
  const config = readConfig(env, envFile);
  if (config.auth.length > 0 && (env['STAGEWIRE_TOKEN']?.trim() ?? '') === '') {
    throw new CliProblem(
      `No server is running, and one with STAGEWIRE_AUTH=${config.auth.join(',')} needs a key for each command. Start it ` +
        `with "${commandName} serve" and sign in with "${commandName} login", or set STAGEWIRE_TOKEN.`,
    );
  }
  const port = (env['STAGEWIRE_PORT']?.trim() ?? '') === '' ? 0 : config.port;
  return { config, app: await startApp({ config: { ...config, port }, logger }) };
}

/** Forwards the server's warnings and errors, each as one sentence. */
function noteLogger(note: (line: string) => void): Logger {
  return {
    info: () => undefined,
    warn: (_fields, message) => note(`Server warning: ${message}`),
    error: (_fields, message) => note(`Server error: ${message}`),
  };
}
