import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { within } from './until.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

export interface ServerProcessOptions {
  /** Added to an environment that has no key and no variable of Stagewire. */
  readonly env?: Readonly<Record<string, string>>;
  /** Where the log is. @default a new folder that goes with the process */
  readonly dataDir?: string;
  /** The program. @default 'server/main.ts' */
  readonly main?: string;
}

export interface ServerProcess extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  readonly dataDir: string;
  readonly child: ChildProcess;
  /** What it has printed so far. */
  readonly output: () => string;
  /** Ends it with a signal and waits until it is gone; resolves with its exit code, null after a kill. */
  stop(signal?: 'SIGTERM' | 'SIGKILL'): Promise<number | null>;
}

/** The server as users start it: a process of its own, on a free port. @throws Error with its output if it ends. */
export async function startServerProcess(options: ServerProcessOptions = {}): Promise<ServerProcess> {
  const own = options.dataDir === undefined ? await mkdtemp(join(tmpdir(), 'stagewire-')) : undefined;
  const dataDir = options.dataDir ?? own ?? '';
  const env = {
    STAGEWIRE_PORT: '0',
    STAGEWIRE_DATA_DIR: dataDir,
    STAGEWIRE_MODEL: 'rehearsal/tps=0,ttft=0',
    ...options.env,
  };
  const { child, output } = spawnServer(env, options.main);
  const url = await readyUrl(child, output);
  const stop = async (signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM') => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill(signal);
      await once(child, 'exit');
    }
    return child.exitCode;
  };
  return {
    url,
    port: Number(new URL(url).port),
    dataDir,
    child,
    output,
    stop,
    async [Symbol.asyncDispose]() {
      await stop('SIGKILL');
      if (own !== undefined) await rm(own, { recursive: true, force: true });
    },
  };
}

/** The environment of this process without the variables that a server would read, which refuses those it does not know. */
export function withoutOwnVariables(): NodeJS.ProcessEnv {
  const own = /^(STAGEWIRE_|OPENAI_|ANTHROPIC_|OPENROUTER_|OLLAMA_|COMPATIBLE_)/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !own.test(name)));
}

/** Starts the server with only these variables of its own, and gathers what it prints. */
export function spawnServer(
  env: Readonly<Record<string, string>>,
  main = 'server/main.ts',
): {
  child: ChildProcess;
  output: () => string;
} {
  const child = spawn(process.execPath, ['--conditions=@stagewire/source', main], {
    cwd: root,
    env: { ...withoutOwnVariables(), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (part: string) => {
      text += part;
    });
  }
  return { child, output: () => text };
}

async function readyUrl(child: ChildProcess, output: () => string): Promise<string> {
  for (;;) {
    const ready = /Stagewire ready at (\S+)/.exec(output());
    if (ready?.[1] !== undefined) return ready[1];
    if (child.exitCode !== null) throw new Error(`the server ended with ${child.exitCode}: ${output()}`);
    const said = Promise.race([once(child.stdout ?? child, 'data'), once(child, 'exit')]);
    await within(said, () => `the server to be ready: ${output()}`, { timeoutMs: 60_000 });
  }
}
