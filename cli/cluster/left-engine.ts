import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '@stagewire/server/runtime/clock';
import { CliProblem } from '../terminal/cli-problem.ts';
import { isRunning, sendSignal, untilGone } from './own-process.ts';

/** An engine that an earlier command has left running. */
export interface LeftEngine {
  readonly port: number;
  /** Ends it, and waits until it is gone. @throws CliProblem if it does not end in time */
  stop(): Promise<void>;
}

/** How long a shutdown may take: it writes a checkpoint, in milliseconds. */
const shutdownMs = 60_000;

/** Finds the engine that runs on this folder. @param data Its data directory. */
export function findLeftEngine(data: string, clock: Clock): LeftEngine | undefined {
  const path = join(data, 'postmaster.pid');
  if (!existsSync(path)) return undefined;
  const [pid, , , port] = readFileSync(path, 'utf8').split('\n').map(Number);
  if (pid === undefined || port === undefined || !isRunning(pid, data)) return undefined;
  return {
    port,
    async stop() {
      // Fast: it does not wait for clients.
      sendSignal(pid, 'SIGINT');
      if (!(await untilGone({ pid, words: data }, clock, shutdownMs)))
        throw new CliProblem(`PostgreSQL (process ${pid}) does not end. Its data is in ${data}.`);
    },
  };
}
