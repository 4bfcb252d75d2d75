import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { projectRoot } from './source-tree.ts';
import { within } from './until.ts';

export interface CommandLineOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** The standard input. @default none */
  readonly input?: string | Uint8Array;
}

/** One command of the real command line, in a process of its own. It is killed if it is left. */
export interface CommandLine extends AsyncDisposable {
  readonly stdout: string;
  readonly stderr: string;
  /** Resolves when the standard output (or error) holds `text`; rejects if the process ends without it. */
  sees(text: string, where?: 'stdout' | 'stderr'): Promise<void>;
  signal(name: NodeJS.Signals): void;
  /** Nobody reads its output any more. */
  closeOutput(): void;
  /** The exit code, or the signal that ended it, when all output has been read. */
  readonly ended: Promise<number | NodeJS.Signals>;
}

/** Only these come from the environment of the tests: no key and no setting of the machine. */
const kept = ['PATH', 'HOME', 'TMPDIR', 'NODE_COMPILE_CACHE'];

export function startCommand(args: readonly string[], options: CommandLineOptions = {}): CommandLine {
  const { env = {}, cwd = projectRoot, input } = options;
  const own = Object.fromEntries(kept.flatMap((name) => [[name, process.env[name] ?? '']]));
  const child = spawn(
    process.execPath,
    ['--conditions=@stagewire/source', `${projectRoot}cli/stagewire.ts`, ...args],
    { cwd, env: { ...own, ...env }, stdio: ['pipe', 'pipe', 'pipe'] },
  );
  // The command need not read it.
  child.stdin.on('error', () => undefined).end(input);
  const said = { stdout: '', stderr: '' };
  let over = false;
  const wake = new Set<() => void>();
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      said[name] += text;
      wake.forEach((look) => look());
    });
  }
  const ended = once(child, 'close').then(([code, signal]) => {
    over = true;
    wake.forEach((look) => look());
    return (code ?? signal) as number | NodeJS.Signals;
  });
  return {
    get stdout() {
      return said.stdout;
    },
    get stderr() {
      return said.stderr;
    },
    sees: (text, where = 'stdout') => {
      const seen = new Promise<void>((resolve, reject) => {
        const look = () => {
          const found = said[where].includes(text);
          if (!found && !over) return;
          wake.delete(look);
          if (found) resolve();
          else reject(new Error(`never said "${text}", but:\n${said.stdout}\n${said.stderr}`));
        };
        wake.add(look);
        look();
      });
      return within(seen, () => `"${text}" to be said, and not:\n${said.stdout}\n${said.stderr}`, {
        timeoutMs: 15_000,
      });
    },
    signal: (name) => void child.kill(name),
    closeOutput: () => void child.stdout.destroy(),
    ended,
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

/** Runs a command to its end. */
export async function command(args: readonly string[], options: CommandLineOptions = {}) {
  await using running = startCommand(args, options);
  const code = await running.ended;
  return { code, stdout: running.stdout, stderr: running.stderr };
}
