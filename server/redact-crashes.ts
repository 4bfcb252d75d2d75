import { inspect } from 'node:util';
import type { Secrets } from './providers/secrets.ts';

/**
 * What nobody caught ends the process as it would anyway, with status 1; but of the error, whose properties Node.js
 * prints too, no secret is printed, and the variables of the environment are in no diagnostic report.
 *
 * @param secrets Asked when it happens: a file may have added to the environment.
 */
export function redactCrashes(process: NodeJS.Process, secrets: () => Secrets): void {
  if (process.report !== undefined) process.report.excludeEnv = true;
  // An unhandled rejection comes here as well.
  process.on('uncaughtException', (error) => {
    const dump = error instanceof Error ? inspect(error) : `thrown: ${inspect(error)}`;
    process.stderr.write(`Stagewire ends, and this is a defect: ${secrets().redact(dump)}\n`);
    process.exit(1);
  });
}
