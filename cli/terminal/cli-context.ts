import type { EnvFile } from '@stagewire/server/process/dot-env';
import type { Clock } from '@stagewire/server/runtime/clock';
import type { Interrupts } from './interrupts.ts';
import type { Paint } from './paint.ts';
import type { Screen } from './screen.ts';

/** What every command is given. */
export interface CliContext {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** What of it came from a file `.env`. */
  readonly envFile?: EnvFile | undefined;
  /** Where the person stands who typed the command: `--file` is read from here. */
  readonly cwd: string;
  readonly clock: Clock;
  readonly screen: Screen;
  readonly paint: Paint;
  readonly interrupts: Interrupts;
}
