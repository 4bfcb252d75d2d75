import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { AppendPace, AppendRate } from './append-load.ts';

export type LogOptions =
  | { readonly log: 'sqlite'; readonly path: string }
  | {
      readonly log: 'postgres';
      readonly url: string;
      readonly schema: string;
      readonly nodeId: string;
      readonly hasPeers: boolean;
    };

export type LogOrder =
  | { readonly do: 'begin'; readonly runs: number; readonly from: number }
  | { readonly do: 'saturate'; readonly durationMs: number }
  | { readonly do: 'pace'; readonly pace: AppendPace; readonly durationMs: number }
  | { readonly do: 'watch' | 'ages' | 'close' };

export interface MeasuredRate extends AppendRate {
  /** CPU of the process, in microseconds. */
  readonly cpuUs: number;
  /** Rows of each statement; of PostgreSQL only. */
  readonly flushSizes: readonly number[];
}

/** From the birth of the tokens to a watcher of the log, in milliseconds. */
export interface Ages {
  readonly count: number;
  readonly p50: number;
  readonly p99: number;
}

export interface LogAnswer {
  readonly rate: MeasuredRate;
  readonly ages: Ages;
  readonly problem: string;
}

/** A log in a process of its own. */
export interface LogPeer extends AsyncDisposable {
  begin(runs: number, from?: number): Promise<void>;
  saturate(durationMs: number): Promise<MeasuredRate>;
  pace(pace: AppendPace, durationMs: number): Promise<MeasuredRate>;
  /** Forgets the ages so far. */
  watch(): Promise<void>;
  ages(): Promise<Ages>;
}

export async function startLogPeer(options: LogOptions, nodeArguments: readonly string[]): Promise<LogPeer> {
  const child = fork(fileURLToPath(new URL('log-process.ts', import.meta.url)), [JSON.stringify(options)], {
    execArgv: ['--conditions=@stagewire/source', ...nodeArguments],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const ended = once(child, 'exit');
  const next = async () => {
    const [answer] = (await Promise.race([
      once(child, 'message'),
      ended.then(([code]) => {
        throw new Error(`the process of a log ended with ${String(code)}`);
      }),
    ])) as [Partial<LogAnswer>];
    if (answer.problem !== undefined) throw new Error(answer.problem);
    return answer;
  };
  await next();
  const ask = async (order: LogOrder): Promise<Partial<LogAnswer>> => {
    const answer = next();
    child.send(order);
    return answer;
  };
  const rateOf = async (order: LogOrder): Promise<MeasuredRate> => {
    const { rate } = await ask(order);
    if (rate === undefined) throw new Error('the process of a log has measured nothing');
    return rate;
  };
  return {
    async begin(runs, from = 0) {
      await ask({ do: 'begin', runs, from });
    },
    saturate: (durationMs) => rateOf({ do: 'saturate', durationMs }),
    pace: (pace, durationMs) => rateOf({ do: 'pace', pace, durationMs }),
    async watch() {
      await ask({ do: 'watch' });
    },
    async ages() {
      const { ages } = await ask({ do: 'ages' });
      if (ages === undefined) throw new Error('the process of a log watches nothing');
      return ages;
    },
    async [Symbol.asyncDispose]() {
      await ask({ do: 'close' }).catch(() => undefined);
      child.disconnect();
      const late = setTimeout(() => child.kill('SIGKILL'), 5000);
      await ended;
      clearTimeout(late);
    },
  };
}
