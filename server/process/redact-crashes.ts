import { inspect } from 'node:util';
import type { Secrets } from '../providers/secrets.ts';
import type { StandardError } from './standard-error.ts';

/**
 * What nobody caught ends the process as it would anyway, with status 1; but of the error, whose properties Node.js
 * prints too, no secret is printed, and the variables of the environment are in no diagnostic report.
 *
 * @param options.output Asked when it happens, and written to after what waits in it already.
 * @param options.secrets Asked when it happens: a file may have added to the environment.
 */
export function redactCrashes(
  process: NodeJS.Process,
  {
    output,
    secrets,
  }: { readonly output: () => StandardError | Promise<StandardError>; readonly secrets: () => Secrets },
): void {
  if (process.report !== undefined) process.report.excludeEnv = true;
  // The command line has set one already when it serves: whichever ended first would cut off what the other has to say.
  process.removeAllListeners('uncaughtException');
  // An unhandled rejection comes here as well.
  process.on('uncaughtException', (error) => {
    const dump = error instanceof Error ? inspect(error) : `thrown: ${inspect(error)}`;
    void end(`Stagewire ends, and this is a defect: ${secrets().redact(dump)}\n`);
  });

  async function end(text: string): Promise<void> {
    const standardError = await output();
    standardError.write(text);
    await standardError.finish();
    process.exit(1);
  }
}
