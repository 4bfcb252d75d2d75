import { existsSync } from 'node:fs';
import type { EnvFile } from '../dot-env.ts';
import { environmentSecrets } from '../environment-secrets.ts';
import { redactCrashes } from '../redact-crashes.ts';
import { systemClock } from '../runtime/clock.ts';
import type { StandardError } from '../standard-error.ts';
import type { CliContext } from './cli-context.ts';
import { exitCodes } from './exit-codes.ts';
import { createInterrupts } from './interrupts.ts';
import { createPaint } from './paint.ts';
import { createProgram } from './program.ts';
import { problemText } from './render-problem.ts';
import { createScreen } from './screen.ts';

/** The command line: `npm run stagewire -- <command>`. */
const program = createProgram({
  createContext,
  onExitCode(code) {
    process.exitCode = code;
  },
});

const secrets = () => environmentSecrets(process.env);
redactCrashes(process, { output: openStandardError, secrets });

try {
  await program.parseAsync();
} catch (error) {
  process.stderr.write(`${secrets().redact(problemText(error))}\n`);
  process.exitCode = exitCodes.failed;
}

/** Loaded only then: most commands log nothing. */
async function openStandardError(): Promise<StandardError> {
  const { createStandardError } = await import('../standard-error.ts');
  return createStandardError(process, systemClock);
}

async function createContext(): Promise<CliContext> {
  const { env } = process;
  let envFile: EnvFile | undefined;
  if (existsSync('.env')) {
    // Loaded only then: reading the configuration brings half the server with it.
    const { loadDotEnv } = await import('../dot-env.ts');
    envFile = loadDotEnv(process.cwd(), env);
  }
  // npm runs its scripts in the folder of the package, and says here where the person is.
  const cwd = env['npm_lifecycle_event'] === 'stagewire' ? (env['INIT_CWD'] ?? process.cwd()) : process.cwd();
  return {
    env,
    envFile,
    cwd,
    clock: systemClock,
    screen: createScreen({ out: process.stdout, error: process.stderr }),
    paint: createPaint(process.stdout),
    interrupts: createInterrupts({ process, clock: systemClock }),
  };
}
