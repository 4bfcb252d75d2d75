import type { Clock } from '@stagewire/server/runtime/clock';
import { wait } from '@stagewire/server/runtime/wait';
import { startClusterNode, type ClusterNode, type ClusterNodeOptions } from './cluster-node.ts';

/** A node that is started again when it ends, with the program that is installed by then. */
export interface SupervisedNode {
  readonly name: string;
  readonly port: number;
  /** Ends it by its graceful shutdown, and waits until it is gone. */
  stop(): Promise<void>;
}

export interface SupervisedNodeOptions extends ClusterNodeOptions {
  readonly clock: Clock;
  onReady(node: ClusterNode): void;
  /** @param isStopping Was it asked to, so that it is not started again? */
  onEnded(isStopping: boolean): void;
}

/** The pause before another start, in milliseconds: it doubles with each start that fails. */
const restartMs = 500;
const maxRestartMs = 5000;

/** @throws CliProblem with what it has printed if it does not start the first time */
export async function startSupervisedNode(options: SupervisedNodeOptions): Promise<SupervisedNode> {
  const { clock, name, onReady, onEnded, onLine } = options;
  const stopping = new AbortController();
  let current = await startClusterNode(options);
  const { port } = current;
  onReady(current);
  const supervised = supervise();

  async function supervise(): Promise<void> {
    for (;;) {
      await current.ended;
      onEnded(stopping.signal.aborted);
      const next = await startAgain();
      if (next === undefined) return;
      current = next;
      onReady(current);
      if (stopping.signal.aborted) current.drain();
    }
  }

  /** A program that does not start now may start after the next change. @returns nothing if it must not be started */
  async function startAgain(): Promise<ClusterNode | undefined> {
    let printed: string | undefined;
    for (let pauseMs = restartMs; ; pauseMs = Math.min(2 * pauseMs, maxRestartMs)) {
      await wait(clock, pauseMs, stopping.signal);
      if (stopping.signal.aborted) return undefined;
      try {
        return await startClusterNode({ ...options, port });
      } catch (error) {
        const text = error instanceof Error ? error.message : String(error);
        if (text !== printed) onLine(`${text}\nIt is tried again.`);
        printed = text;
      }
    }
  }

  return {
    name,
    port,
    async stop() {
      stopping.abort();
      current.drain();
      await supervised;
    },
  };
}
