import { ConfigError } from './config-error.ts';
import { DataDirError } from '../log/data-dir.ts';
import { DatabaseUnusable } from '../log/postgres/database-unusable.ts';
import { LogUnavailable } from '../log/event-log.ts';
import { LogUnusable } from '../log/open-database.ts';
import { AccessUnusable } from '../identity/keys/open-access-database.ts';
import { ModelChoiceError } from '../providers/choose-model.ts';

/** Why the server did not start, for the operator: the problem, its cause, and the next step. */
export function startProblem(error: unknown): string {
  if (
    error instanceof ConfigError ||
    error instanceof AccessUnusable ||
    error instanceof DatabaseUnusable ||
    error instanceof DataDirError ||
    error instanceof LogUnusable ||
    error instanceof ModelChoiceError
  ) {
    return error.message;
  }
  if (error instanceof LogUnavailable) {
    return `The event log cannot be used: ${error.message}. Check that its disk has free space and is writable.`;
  }
  if (error instanceof Error && 'code' in error) {
    if (error.code === 'EADDRINUSE') {
      const port = 'port' in error ? `Port ${String(error.port)}` : 'The port';
      return `${port} is in use by another program. Stop it, or set STAGEWIRE_PORT to another port (0 for any free one).`;
    }
    if (error.code === 'EACCES' && 'path' in error) {
      return `This user is not permitted to use ${String(error.path)}. Change its owner or its mode, or start the server as another user.`;
    }
    if (error.code === 'EACCES') {
      return 'This user is not permitted to use the port. Set STAGEWIRE_PORT to a port above 1023.';
    }
    if (error.code === 'EADDRNOTAVAIL') {
      return 'STAGEWIRE_HOST is not an address of this machine. Use 127.0.0.1, or 0.0.0.0 for all of its addresses.';
    }
  }
  return `Stagewire could not start because of an unexpected error. Please report it: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
}
