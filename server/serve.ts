import { startApp, type App } from './app.ts';
import { readConfig, type Config } from './process/config.ts';
import { loadDotEnv } from './process/dot-env.ts';
import { environmentSecrets } from './process/environment-secrets.ts';
import { createJsonLogger } from './process/json-logger.ts';
import { redactCrashes } from './process/redact-crashes.ts';
import { systemClock } from './runtime/clock.ts';
import { createStandardError } from './process/standard-error.ts';
import { startProblem } from './process/start-problem.ts';

/**
 * The server as a process: reads the environment, starts, says where, and runs until it is told to stop.
 *
 * @returns the exit code: 0 after SIGINT or SIGTERM, 1 if it could not start.
 */
export async function serve(): Promise<number> {
  outliveReaders();
  const secrets = () => environmentSecrets(process.env);
  const output = createStandardError(process, systemClock);
  redactCrashes(process, { output: () => output, secrets });
  let app: App;
  try {
    const config = readEnvironment();
    app = await startApp({
      config,
      logger: createJsonLogger({ destination: output, redact: secrets().redact }),
    });
  } catch (error) {
    output.write(`${secrets().redact(startProblem(error))}\n`);
    await output.finish();
    return 1;
  }
  // Before anybody can know that it is ready: a signal that came first would end the process unprepared.
  const signalled = firstSignal();
  for (const note of app.notes) process.stdout.write(`${note}\n`);
  process.stdout.write(`Stagewire ready at ${app.url}\n`);
  await signalled;
  process.stdout.write('Stopping; runs that are under way go on at the next start.\n');
  if (await app.drain()) {
    await output.finish();
    return 0;
  }
  output.write(
    'Stopped with connections still open, because STAGEWIRE_DRAIN_MS was over. Nothing is lost: all that was said is written.\n',
  );
  await output.finish();
  return process.exit(0);
}

/** Signals within this time are one press of a key: npm passes Ctrl-C on to a child that the terminal has told. */
const samePressMs = 500;

/** Resolves at SIGINT or SIGTERM. A later one of either ends the process at once, as people expect of Ctrl-C. */
async function firstSignal(): Promise<void> {
  const signalled = Promise.withResolvers<void>();
  const onSignal = () => signalled.resolve();
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, onSignal);
  await signalled.promise;
  systemClock.after(samePressMs, () => {
    for (const name of ['SIGINT', 'SIGTERM'] as const) process.off(name, onSignal);
  });
}

/** The configuration of this process, `.env` of its folder included. @throws ConfigError */
function readEnvironment(): Config {
  const file = loadDotEnv(process.cwd(), process.env);
  return readConfig(process.env, file);
}

/** Ctrl-C ends `npm start | tee` at once: what is said to a reader that has gone must not end the stopping too. */
function outliveReaders(): void {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
}
