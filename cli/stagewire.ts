import { existsSync } from 'node:fs';
import type { EnvFile } from '@stagewire/server/process/dot-env';
import { environmentSecrets } from '@stagewire/server/process/environment-secrets';
import { redactCrashes } from '@stagewire/server/process/redact-crashes';
import { systemClock } from '@stagewire/server/runtime/clock';
import type { StandardError } from '@stagewire/server/process/standard-error';
import type { CliContext } from './terminal/cli-context.ts';
import { CliProblem } from './terminal/cli-problem.ts';
import { exitCodes } from './terminal/exit-codes.ts';
import { createKeyInput } from './live/key-input.ts';
import { createInterrupts } from './terminal/interrupts.ts';
import { createPaint } from './terminal/paint.ts';
import { createProgram } from './program.ts';
import { jsonLine } from './render/json-line.ts';
import { problemReport, requestsJson } from './render/problem-report.ts';
import { problemText } from './render/render-problem.ts';
import { createSecretReader } from './terminal/read-secret.ts';
import { createScreen } from './terminal/screen.ts';

/** The command line. Without a command it starts the server. */
const program = createProgram({
  createContext,
  onExitCode(code) {
    process.exitCode = code;
  },
  jsonErrors: requestsJson(process.argv),
});

const secrets = () => environmentSecrets(process.env);
redactCrashes(process, { output: openStandardError, secrets });

try {
  await program.parseAsync(process.argv.length > 2 ? process.argv : [...process.argv, 'serve']);
} catch (error) {
  report(error);
  process.exitCode = exitCodes.failed;
}

function report(error: unknown): void {
  const text = requestsJson(process.argv) ? jsonLine(problemReport(error)) : problemText(error);
  process.stderr.write(`${secrets().redact(text)}\n`);
}

function endWithoutOutput({ message }: Error): never {
  report(new CliProblem(`The standard output could not be written (${message}).`, 'WRITE_FAILED'));
  process.exit(exitCodes.failed);
}

/** Loaded on demand: most commands write no log. */
async function openStandardError(): Promise<StandardError> {
  const { createStandardError } = await import('@stagewire/server/process/standard-error');
  return createStandardError(process, systemClock);
}

async function createContext(): Promise<CliContext> {
  const { env } = process;
  let envFile: EnvFile | undefined;
  const hasFiles = Object.keys(env).some((name) => name.endsWith('_FILE'));
  if (hasFiles || existsSync('.env')) {
    // Loaded on demand: reading the configuration loads half of the server.
    const { loadDotEnv } = await import('@stagewire/server/process/dot-env');
    const { loadSecretFiles } = await import('@stagewire/server/process/secret-files');
    envFile = loadSecretFiles(env, loadDotEnv(process.cwd(), env));
  }
  // npm runs scripts in the package's folder, and passes the user's own folder in INIT_CWD.
  const cwd = env['npm_lifecycle_event'] === 'stagewire' ? (env['INIT_CWD'] ?? process.cwd()) : process.cwd();
  const screen = createScreen({ out: process.stdout, error: process.stderr });
  const { stdin: input, stdout: output } = process;
  return {
    env,
    envFile,
    cwd,
    clock: systemClock,
    screen,
    paint: createPaint(process.stdout),
    interrupts: createInterrupts({ process, clock: systemClock, onOutputFailed: endWithoutOutput }),
    readSecret: createSecretReader({ input, output: process.stderr }),
    keys: screen.live ? createKeyInput({ input, output, process, clock: systemClock }) : undefined,
    input,
  };
}
