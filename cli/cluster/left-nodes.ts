import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '@stagewire/server/runtime/clock';
import { CliProblem } from '../terminal/cli-problem.ts';
import { isRunning, sendSignal, untilGone } from './own-process.ts';

/** The nodes of a cluster, in a file: a command that is killed leaves them running. */
export interface NodeRecord {
  /** Adds a node, or replaces the process of one with this name. */
  set(node: RecordedNode): void;
  /** All have ended. */
  clear(): void;
}

export interface RecordedNode {
  readonly name: string;
  readonly pid: number;
}

/** Longer than the drain of a node of this command, in milliseconds. */
const drainMs = 60_000;
/** In the command line of a node. */
const words = ' serve';

const pathIn = (home: string) => join(home, 'nodes.json');

/** @param home The folder of the cluster, which this command has locked. */
export function createNodeRecord(home: string): NodeRecord {
  const nodes = new Map<string, RecordedNode>();
  return {
    set(node) {
      nodes.set(node.name, node);
      writeFileSync(pathIn(home), JSON.stringify([...nodes.values()]), { mode: 0o600 });
    },
    clear: () => rmSync(pathIn(home), { force: true }),
  };
}

/**
 * Ends the nodes that an earlier command has left running, and waits until they are gone.
 *
 * @returns their names. @throws CliProblem if one does not end in time
 */
export async function endLeftNodes(home: string, clock: Clock): Promise<readonly string[]> {
  const left = readNodes(home).filter(({ pid }) => isRunning(pid, words));
  for (const { pid } of left) sendSignal(pid, 'SIGTERM');
  for (const { name, pid } of left) {
    if (!(await untilGone({ pid, words }, clock, drainMs)))
      throw new CliProblem(`${name} of an earlier command (process ${pid}) does not end.`);
  }
  return left.map(({ name }) => name);
}

function readNodes(home: string): readonly RecordedNode[] {
  if (!existsSync(pathIn(home))) return [];
  try {
    return JSON.parse(readFileSync(pathIn(home), 'utf8')) as readonly RecordedNode[];
  } catch {
    // The command was killed while it wrote.
    return [];
  }
}
