import type { EnvFile } from '@stagewire/server/process/dot-env';
import type { Clock } from '@stagewire/server/runtime/clock';
import type { KeyInput } from '../live/key-input.ts';
import type { Interrupts } from './interrupts.ts';
import type { Paint } from './paint.ts';
import type { ReadSecret } from './read-secret.ts';
import type { Screen } from './screen.ts';

/** The environment of a command: what it may read, print to and wait for. */
export interface CliContext {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Which variables of `env` come from a file `.env`. */
  readonly envFile?: EnvFile | undefined;
  /** The folder in which the user typed the command; paths such as `--file` are relative to it. */
  readonly cwd: string;
  readonly clock: Clock;
  readonly screen: Screen;
  readonly paint: Paint;
  readonly interrupts: Interrupts;
  readonly readSecret: ReadSecret;
  /** Single keys of the terminal; absent if there is no keyboard. */
  readonly keys?: KeyInput | undefined;
  /** The standard input. */
  readonly input: NodeJS.ReadableStream & { readonly isTTY?: boolean };
}
