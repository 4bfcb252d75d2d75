import { startApp, type App, type AppOptions } from './app.ts';
import { readConfig, type Config } from './process/config.ts';
import { loadDotEnv } from './process/dot-env.ts';
import { environmentSecrets } from './process/environment-secrets.ts';
import { createJsonLogger } from './process/json-logger.ts';
import { loadSecretFiles } from './process/secret-files.ts';
import { redactCrashes } from './process/redact-crashes.ts';
import { systemClock } from './runtime/clock.ts';
import { createStandardError } from './process/standard-error.ts';
import { startProblem } from './process/start-problem.ts';

/**
 * Runs the server as a process: reads the environment, starts, prints the URL, and runs until a signal.
 *
 * @param options.build As for `startApp`.
 * @returns the exit code: 0 after SIGINT or SIGTERM, 1 if it could not start.
 */
export async function serve(options: Pick<AppOptions, 'build'> = {}): Promise<number> {
  ignoreStreamErrors();
  const secrets = () => environmentSecrets(process.env);
  const output = createStandardError(process, systemClock);
  redactCrashes(process, { output: () => output, secrets });
  let app: App;
  let config: Config;
  try {
    config = readEnvironment();
    app = await startApp({
      ...options,
      config,
      logger: createJsonLogger({
        destination: output,
        level: config.logLevel ?? 'warn',
        redact: secrets().redact,
      }),
    });
  } catch (error) {
    output.write(`${secrets().redact(startProblem(error))}\n`);
    await output.finish();
    return 1;
  }
  // Before the ready line is printed: a signal that arrives earlier would end the process without a drain.
  const signalled = firstSignal();
  for (const note of app.notes) process.stdout.write(`${note}\n`);
  process.stdout.write(`Stagewire ready at ${app.url}\n`);
  await signalled;
  process.stdout.write(
    config.log === 'postgres'
      ? 'Stopping. Active runs continue on another node, or at the next start.\n'
      : 'Stopping. Active runs resume at the next start.\n',
  );
  if (await app.drain()) {
    await output.finish();
    return 0;
  }
  output.write(
    'Stopped with connections still open because STAGEWIRE_DRAIN_MS had passed. No data was lost: all events are committed.\n',
  );
  await output.finish();
  return process.exit(0);
}

/**
 * Signals within this time count as one Ctrl-C: npm also forwards it to a child that has received it from the terminal.
 */
const duplicateSignalMs = 500;

/** Resolves at SIGINT or SIGTERM. A later one of either ends the process at once, as expected of Ctrl-C. */
async function firstSignal(): Promise<void> {
  const signalled = Promise.withResolvers<void>();
  const onSignal = () => signalled.resolve();
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, onSignal);
  await signalled.promise;
  systemClock.after(duplicateSignalMs, () => {
    for (const name of ['SIGINT', 'SIGTERM'] as const) process.off(name, onSignal);
  });
}

/** The configuration of this process, including `.env` of its folder. @throws ConfigError */
function readEnvironment(): Config {
  const file = loadSecretFiles(process.env, loadDotEnv(process.cwd(), process.env));
  return readConfig(process.env, file);
}

/** Ctrl-C ends `npm start | tee` at once: writing to a closed pipe must not interrupt the drain. */
function ignoreStreamErrors(): void {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
}
