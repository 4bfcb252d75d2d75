import { createInterface } from 'node:readline/promises';
import type { CliContext } from '../terminal/cli-context.ts';

/** Asks on the terminal. Only `y` and `yes` confirm; the end of the input does not. */
export async function confirm({ input, screen }: CliContext, question: string): Promise<boolean> {
  await screen.write(`${question} [y/N] `);
  const lines = createInterface({ input });
  try {
    for await (const line of lines) return /^y(?:es)?$/i.test(line.trim());
    await screen.write('\n');
    return false;
  } finally {
    lines.close();
  }
}
