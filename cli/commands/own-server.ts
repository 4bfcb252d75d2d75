import { startApp, type App } from '@stagewire/server/app';
import { readConfig, type Config } from '@stagewire/server/process/config';
import { environmentSecrets } from '@stagewire/server/process/environment-secrets';
import type { Logger } from '@stagewire/server/runtime/logger';
import { startProblem } from '@stagewire/server/process/start-problem';
import type { CliContext } from '../terminal/cli-context.ts';
import { CliProblem, commandName } from '../terminal/cli-problem.ts';

/**
 * Starts a server inside this process, for one run, and says so.
 *
 * It takes any free port unless STAGEWIRE_PORT names one: a second terminal finds it through the data directory.
 *
 * @throws CliProblem, saying why it does not start.
 */
export async function startOwnServer({ env, envFile, screen }: CliContext): Promise<App> {
  const { app, config } = await start({ env, envFile }, noteLogger(screen.note)).catch((error: unknown) => {
    // Of a defect only the message: below it is the stack.
    throw new CliProblem(
      environmentSecrets(env)
        .redact(startProblem(error))
        .replace(/\n {4}at [^]*$/, ''),
    );
  });
  const found = config.log === 'sqlite' ? '' : `STAGEWIRE_URL=${app.url} `;
  for (const line of [
    `No server is running: this command starts one at ${app.url} and stops it when the run ends.`,
    ...app.notes,
    `To steer the run, in a second terminal: ${found}${commandName} steer "what to do"`,
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
  const port = (env['STAGEWIRE_PORT']?.trim() ?? '') === '' ? 0 : config.port;
  return { config, app: await startApp({ config: { ...config, port }, logger }) };
}

/** What the server warns of, in between: a person reads it, so it is one sentence. */
function noteLogger(note: (line: string) => void): Logger {
  return {
    info: () => undefined,
    warn: (_fields, message) => note(`Server warning: ${message}`),
    error: (_fields, message) => note(`Server error: ${message}`),
  };
}
