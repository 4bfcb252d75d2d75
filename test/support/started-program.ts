import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { withoutOwnVariables } from './server-process.ts';
import { projectRoot } from './source-tree.ts';

export interface StartProgramOptions {
  readonly args?: readonly string[];
  /** @default the project's folder */
  readonly cwd?: string;
  /** Added to an environment that has no key and no variable of Stagewire. */
  readonly env?: Readonly<Record<string, string>>;
}

/** A program that was started, as a reader of the documents starts it. It is killed if it is left. */
export interface StartedProgram extends AsyncDisposable {
  /** What it has printed so far, on both outputs. */
  output(): string;
  /** The same without the standard error, where npm warns of the machine's own settings. */
  stdout(): string;
  /** Resolves with the match when what it has printed matches. @throws Error if it ends without, or takes `timeoutMs` (40 s). */
  says(words: RegExp, options?: { readonly timeoutMs?: number }): Promise<RegExpExecArray>;
  /** Sends a signal to it and to all that it has started. */
  signal(name: NodeJS.Signals): void;
  /** Resolves when it has ended; null after a signal. */
  readonly exitCode: Promise<number | null>;
}

/** Starts a program in a group of its own, so that what it starts ends with it: npm starts a shell, and that a node. */
export function startProgram(program: string, options: StartProgramOptions = {}): StartedProgram {
  const { args = [], cwd = projectRoot, env = {} } = options;
  const child = spawn(program, args, {
    cwd,
    env: { ...withoutOwnVariables(), NO_PROXY: '127.0.0.1', no_proxy: '127.0.0.1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  let text = '';
  let standard = '';
  let over = false;
  const wake = new Set<() => void>();
  const look = () => wake.forEach((it) => it());
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (part: string) => {
      text += part;
      if (stream === child.stdout) standard += part;
      look();
    });
  }
  // A test that is given up does not come to its end, and would leave it behind.
  const endWithTest = () => signalGroup(child.pid, 'SIGKILL');
  process.once('exit', endWithTest);
  const closed = once(child, 'close').then(([code]) => {
    process.off('exit', endWithTest);
    over = true;
    look();
    return code as number | null;
  });
  return {
    output: () => text,
    stdout: () => standard,
    says: (words, { timeoutMs = 40_000 } = {}) =>
      new Promise((resolve, reject) => {
        const settle = (match: RegExpExecArray | null, how: string) => {
          wake.delete(onText);
          clearTimeout(deadline);
          if (match !== null) resolve(match);
          else reject(new Error(`it ${how} without saying ${String(words)}, but:\n${text}`));
        };
        const onText = () => {
          const match = words.exec(text);
          if (match !== null || over) settle(match, 'ended');
        };
        const deadline = setTimeout(() => settle(null, 'went on'), timeoutMs);
        wake.add(onText);
        onText();
      }),
    signal: (name) => signalGroup(child.pid, name),
    exitCode: closed,
    async [Symbol.asyncDispose]() {
      if (!over) signalGroup(child.pid, 'SIGKILL');
      await closed;
    },
  };
}

function signalGroup(pid: number | undefined, name: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, name);
  } catch (error) {
    // It may have ended by itself just now.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
