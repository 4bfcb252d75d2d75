import { fork } from 'node:child_process';
import { once } from 'node:events';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Question, Usage } from './process-messages.ts';

/** A server in a process of its own, so that its CPU and memory are nobody else's. */
export interface MeasuredProcess extends AsyncDisposable {
  readonly port: number;
  usage(): Promise<Usage>;
  /** After a full collection of garbage. */
  collected(): Promise<Usage>;
  /** Fixes the merge window, or gives it back to the server. */
  fixWindow(windowMs: number | null): Promise<void>;
  /** Bytes on its standard error, if that is drained. */
  readonly loggedBytes: number;
  stop(signal?: 'SIGKILL'): Promise<void>;
}

export interface MeasuredProcessOptions {
  readonly env: Readonly<Record<string, string>>;
  /** More arguments for Node, as `--cpu-prof`. */
  readonly nodeArguments?: readonly string[];
  /** Its standard output is of no interest. @default false */
  readonly isQuiet?: boolean;
  /** Its standard error is read and counted, as by the manager of a service, and not shown. @default false */
  readonly drainsLog?: boolean;
}

/** @throws Error if it ends before it is ready. */
export async function startMeasured(
  entry: 'app-process' | 'bare-process' | URL,
  { env, nodeArguments = [], isQuiet = false, drainsLog = false }: MeasuredProcessOptions,
): Promise<MeasuredProcess> {
  const file = entry instanceof URL ? entry : new URL(`${entry}.ts`, import.meta.url);
  const child = fork(fileURLToPath(file), {
    execArgv: ['--conditions=@stagewire/source', '--expose-gc', ...nodeArguments],
    env: { PATH: process.env['PATH'] ?? '', NODE_ENV: 'production', ...env },
    stdio: ['ignore', isQuiet ? 'ignore' : 'inherit', drainsLog ? 'pipe' : 'inherit', 'ipc'],
  });
  let loggedBytes = 0;
  child.stderr?.on('data', (data: Buffer) => (loggedBytes += data.length));
  const ended = once(child, 'exit');
  const [{ port }] = (await Promise.race([
    once(child, 'message'),
    ended.then(([code]) => {
      throw new Error(`${basename(file.pathname)} ended with ${String(code)} before it was ready`);
    }),
  ])) as [{ port: number }];

  let last: Promise<unknown> = Promise.resolve();
  const ask = (question: Question): Promise<Usage> => {
    const answer = last.then(async () => {
      const heard = once(child, 'message');
      child.send(question);
      return ((await heard) as [Usage])[0];
    });
    last = answer.catch(() => undefined);
    return answer;
  };
  const stop = async (signal?: 'SIGKILL') => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    if (signal === undefined && child.connected) child.send({ ask: 'stop' } satisfies Question);
    else child.kill('SIGKILL');
    const late = setTimeout(() => child.kill('SIGKILL'), 10_000);
    await ended;
    clearTimeout(late);
  };
  return {
    port,
    usage: () => ask({ ask: 'usage' }),
    collected: () => ask({ ask: 'collect' }),
    fixWindow: async (windowMs) => {
      await ask({ ask: 'window', windowMs });
    },
    get loggedBytes() {
      return loggedBytes;
    },
    stop,
    [Symbol.asyncDispose]: () => stop(),
  };
}
