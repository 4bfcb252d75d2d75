import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { CliProblem } from '../terminal/cli-problem.ts';

/** A server of the cluster, as a process of its own. */
export interface ClusterNode {
  readonly name: string;
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** Resolves when the process is gone. */
  readonly ended: Promise<void>;
  /** Starts its graceful shutdown. */
  drain(): void;
}

export interface ClusterNodeOptions {
  readonly name: string;
  /** 0 for any free one. */
  readonly port: number;
  readonly databaseUrl: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The program and its arguments. @default `serve` of the program that is running */
  readonly command?: readonly [string, ...string[]];
  /** A line that it has printed after it was ready. */
  onLine(line: string): void;
}

/** @throws CliProblem with what it has printed if it does not start */
export async function startClusterNode(options: ClusterNodeOptions): Promise<ClusterNode> {
  const { name, port, databaseUrl, env, command = ownServe() } = options;
  const [program, ...args] = command;
  // In a process group of its own: the command decides when it drains.
  const child = spawn(program, args, {
    env: {
      ...env,
      STAGEWIRE_PORT: String(port),
      STAGEWIRE_DATABASE_URL: databaseUrl,
      STAGEWIRE_NODE_NAME: name,
      STAGEWIRE_DRAIN_MS: env['STAGEWIRE_DRAIN_MS'] ?? '5000',
    },
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const lines: string[] = [];
  const ready = Promise.withResolvers<string>();
  let isReady = false;
  for (const stream of [child.stdout, child.stderr]) {
    createInterface(stream).on('line', (line) => {
      const [, url] = /^Stagewire ready at (\S+)/.exec(line) ?? [];
      if (url !== undefined) ready.resolve(url);
      else if (isReady) options.onLine(line);
      else lines.push(line);
    });
  }
  const { promise: ended, resolve: end } = Promise.withResolvers<void>();
  child.once('exit', () => end());
  child.on('error', (error) => {
    lines.push(error.message);
    // It was not started, as while an installation replaces the program: there is no exit.
    if (child.pid === undefined) end();
  });
  void ended.then(() => ready.reject(new CliProblem(`Node ${name} did not start: ${lines.join('\n')}`)));
  const url = await ready.promise;
  isReady = true;
  return {
    name,
    url,
    port: Number(new URL(url).port),
    pid: child.pid ?? 0,
    ended,
    drain: () => void child.kill('SIGTERM'),
  };
}

function ownServe(): readonly [string, ...string[]] {
  const [program = ''] = process.argv.slice(1);
  return [process.execPath, ...process.execArgv, program, 'serve'];
}
