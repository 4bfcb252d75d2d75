import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import xterm from '@xterm/headless';
import { projectRoot } from './source-tree.ts';
import { until } from './until.ts';

export interface TerminalWindowOptions {
  readonly columns?: number;
  readonly rows?: number;
  readonly env?: Readonly<Record<string, string>>;
}

/** A program in a pseudo-terminal, and the screen that a user sees. It is killed if it is left. */
export interface TerminalWindow extends AsyncDisposable {
  type(keys: string): void;
  resize(columns: number, rows: number): void;
  /** The rows that are visible now, without trailing spaces. */
  screen(): string;
  /** All rows, also those that have scrolled away. */
  history(): string;
  /** Everything that the program has sent. */
  readonly sent: string;
  /** Waits until the visible rows contain the text. */
  sees(text: string): Promise<void>;
  readonly ended: Promise<number>;
}

const relay = fileURLToPath(new URL('pty-relay.py', import.meta.url));
const kept = ['PATH', 'HOME', 'TMPDIR', 'NODE_COMPILE_CACHE'];

/** Whether there is a Python that can open a pseudo-terminal. */
export const hasPseudoTerminal = spawnSync('python3', ['-c', 'import pty']).status === 0;

/** A command of the real command line in a window of its own. */
export function stagewireWindow(
  args: readonly string[],
  options: TerminalWindowOptions = {},
): TerminalWindow {
  const node = [process.execPath, '--conditions=@stagewire/source', `${projectRoot}cli/stagewire.ts`];
  return openWindow([...node, ...args], options);
}

export function openWindow(program: readonly string[], options: TerminalWindowOptions = {}): TerminalWindow {
  const { columns = 80, rows = 24, env = {} } = options;
  const own = Object.fromEntries(kept.flatMap((name) => [[name, process.env[name] ?? '']]));
  const child = spawn('python3', [relay, String(columns), String(rows), ...program], {
    cwd: projectRoot,
    env: { ...own, TERM: 'xterm-256color', ...env },
    stdio: ['pipe', 'pipe', 'inherit', 'pipe'],
  });
  const { stdin, stdout } = child;
  const sizes = child.stdio[3];
  if (stdin === null || stdout === null || sizes === null || sizes === undefined || !('write' in sizes))
    throw new Error('The relay has no pipes.');
  const terminal = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true, scrollback: 5000 });
  let sent = '';
  stdin.on('error', () => undefined);
  sizes.on('error', () => undefined);
  stdout.setEncoding('utf8').on('data', (data: string) => {
    sent += data;
    terminal.write(data);
  });
  const ended = once(child, 'close').then(async ([code]) => {
    // Written in order: then all before it has been interpreted.
    await new Promise<void>((resolve) => terminal.write('', resolve));
    return code as number;
  });
  const rowsFrom = (first: number) => {
    const { active } = terminal.buffer;
    return Array.from({ length: active.length - first }, (_, row) =>
      active.getLine(first + row)?.translateToString(true),
    ).join('\n');
  };
  const screen = () => rowsFrom(terminal.buffer.active.baseY);
  return {
    type: (keys) => void stdin.write(keys),
    resize(nextColumns, nextRows) {
      terminal.resize(nextColumns, nextRows);
      sizes.write(`${nextColumns} ${nextRows}\n`);
    },
    screen,
    history: () => rowsFrom(0),
    get sent() {
      return sent;
    },
    sees: (text) =>
      until(
        () => screen().includes(text),
        () => `"${text}" on the screen, which is:\n${screen()}`,
      ),
    ended,
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM');
      await ended;
    },
  };
}
