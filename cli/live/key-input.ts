import { readFileSync } from 'node:fs';
import type { Clock } from '@stagewire/server/runtime/clock';
import { createKeyParser, type Key } from './key-parser.ts';

/** The keyboard of the terminal that a command runs in. */
export interface KeyInput {
  /** Reads single keys until the returned function is called. Ctrl-C, Ctrl-Z and Ctrl-\ stay signals. */
  start(onKey: (key: Key) => void): () => void;
}

export interface KeyInputOptions {
  readonly input: NodeJS.ReadStream;
  readonly output: NodeJS.WriteStream;
  readonly process: Pick<NodeJS.Process, 'on' | 'off' | 'kill' | 'pid'>;
  readonly clock: Pick<Clock, 'after'>;
}

/** `undefined` if there is no keyboard: standard input or output is not a terminal, or the command is in the background. */
export function createKeyInput(options: KeyInputOptions): KeyInput | undefined {
  const { input, output, process, clock } = options;
  if (!input.isTTY || !output.isTTY || isInBackground()) return undefined;
  return {
    start(onKey) {
      // A command that has read a text from the terminal has closed it.
      if (input.destroyed || input.readableEnded) return () => undefined;
      const parser = createKeyParser({
        clock,
        onKey(key) {
          const signal = key.kind === 'key' ? signals[key.name] : undefined;
          if (signal === undefined) return onKey(key);
          if (signal !== 'SIGINT') leave();
          process.kill(process.pid, signal);
        },
      });
      const onData = (data: string) => parser.push(data);
      const enter = () => {
        input.setRawMode(true);
        output.write(reportPastes);
      };
      const leave = () => {
        output.write(reportPastes.replace('h', 'l'));
        input.setRawMode(false);
      };
      enter();
      input.setEncoding('utf8').on('data', onData).resume();
      process.on('SIGCONT', enter);
      process.on('exit', leave);
      return () => {
        process.off('SIGCONT', enter);
        process.off('exit', leave);
        input.off('data', onData).pause();
        leave();
      };
    },
  };
}

/** What a terminal does with these keys if it is not in raw mode. */
const signals: Readonly<Record<string, NodeJS.Signals>> = {
  'ctrl-c': 'SIGINT',
  'ctrl-z': 'SIGTSTP',
  'ctrl-\\': 'SIGQUIT',
};

const reportPastes = '\u001b[?2004h';

/** A background process that changes the terminal is stopped. Known on Linux only. */
function isInBackground(): boolean {
  try {
    // The name of the program, in parentheses, may contain spaces.
    const [, , , group, , , foreground] = readFileSync('/proc/self/stat', 'utf8')
      .replace(/^.*\) /, '0 ')
      .split(' ');
    return foreground !== '-1' && group !== foreground;
  } catch {
    return false;
  }
}
