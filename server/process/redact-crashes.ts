import { writeSync } from 'node:fs';
import { inspect } from 'node:util';
import type { Secrets } from '../providers/secrets.ts';
import type { StandardError } from './standard-error.ts';

/**
 * Keeps the default for uncaught errors (the process ends with status 1), but redacts secrets from the printed
 * error and its properties, and omits the environment from diagnostic reports.
 *
 * @param options.output Called when it occurs; the error is written after pending output.
 * @param options.secrets Called when it occurs: a file may have added to the environment.
 */
export function redactCrashes(
  process: NodeJS.Process,
  {
    output,
    secrets,
  }: { readonly output: () => StandardError | Promise<StandardError>; readonly secrets: () => Secrets },
): void {
  if (process.report !== undefined) process.report.excludeEnv = true;
  // The command line has set a handler already when it serves: the first one to exit would truncate the output
  // of the other.
  process.removeAllListeners('uncaughtException');
  // Unhandled rejections arrive here as well.
  process.on('uncaughtException', (error) => {
    const dump = error instanceof Error ? inspect(error) : `thrown: ${inspect(error)}`;
    const text = `Stagewire ends, and this is a defect: ${secrets().redact(dump)}\n`;
    end(text).catch(() => endWithout(text));
  });

  /** The output cannot be opened, as while an installation replaces the program. Uncaught, that would arrive here again, endlessly. */
  function endWithout(text: string): void {
    try {
      writeSync(2, text);
    } finally {
      process.exit(1);
    }
  }

  async function end(text: string): Promise<void> {
    const standardError = await output();
    standardError.write(text);
    await standardError.finish();
    process.exit(1);
  }
}
