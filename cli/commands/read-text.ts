import { defaultLimits } from '@stagewire/shared';
import type { CliContext } from '../terminal/cli-context.ts';
import { CliProblem } from '../terminal/cli-problem.ts';

export interface ReadTextOptions {
  /** What the text is, for messages: `task`. */
  readonly what: string;
  /** Characters that the server accepts. */
  readonly maxChars: number;
}

export const taskInput: ReadTextOptions = { what: 'task', maxChars: defaultLimits.maxTaskChars };
export const instructionInput: ReadTextOptions = {
  what: 'instruction',
  maxChars: defaultLimits.maxCommandTextChars,
};

/**
 * The text of a command: its words, or the standard input if the only word is `-`.
 *
 * @throws CliProblem if the standard input is empty, too long or not UTF-8 text.
 */
export async function readText(
  { input, screen }: Pick<CliContext, 'input' | 'screen'>,
  words: readonly string[],
  { what, maxChars }: ReadTextOptions,
): Promise<string> {
  if (words.length !== 1 || words[0] !== '-') return words.join(' ');
  if (input.isTTY === true) screen.note(`Reading the ${what} from the terminal. Ctrl-D ends it.`);
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of input) {
    const bytes = typeof piece === 'string' ? Buffer.from(piece) : piece;
    size += bytes.length;
    // A character takes at most four bytes.
    if (size > maxChars * 4) throw tooLong(what, maxChars);
    pieces.push(bytes);
  }
  const text = decoded(Buffer.concat(pieces), what);
  if (text.trim() === '') {
    throw new CliProblem(`The standard input is empty, so there is no ${what}.`, 'INPUT_UNREADABLE');
  }
  if (text.length > maxChars) throw tooLong(what, maxChars);
  return text;
}

function decoded(bytes: Uint8Array, what: string): string {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    if (!text.includes('\0')) return text;
  } catch {
    // Reported below, like a text with NUL bytes.
  }
  throw new CliProblem(
    `The standard input is not UTF-8 text, so it cannot be a ${what}.`,
    'INPUT_UNREADABLE',
  );
}

function tooLong(what: string, maxChars: number): CliProblem {
  return new CliProblem(
    `The standard input is too long for a ${what}: the limit is ${maxChars} characters. Use --file for material.`,
    'INPUT_UNREADABLE',
  );
}
