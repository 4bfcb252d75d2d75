import type { Command } from 'commander';
import { connectTo } from '../terminal/connect-to.ts';
import type { CliContext } from '../terminal/cli-context.ts';
import { exitCodes } from '../terminal/exit-codes.ts';
import { completionOf, type Candidate, type Completion } from './completion-of.ts';
import { knownValues, serverValues } from './server-values.ts';
import { shellWords } from './shell-words.ts';

/** How long a key press waits for the server, in milliseconds. Without an answer there are only those of this version. */
const serverTimeoutMs = 1500;

/**
 * `complete`: for the scripts of the shells. The first line is `files`, if names of files fit as well, or `words`; then a
 * candidate per line, with a tab before its description.
 */
export async function commandComplete(context: CliContext, program: Command, line: string): Promise<number> {
  const words = shellWords(line).slice(1);
  const completion = completionOf(program, words);
  const { kind, candidates } = completion;
  const values = kind === undefined || kind === 'file' ? [] : await valuesWithin(context, completion);
  const current = words.at(-1) ?? '';
  const all = [...candidates, ...values.filter(({ value }) => value.startsWith(current))];
  const lines = all.map(({ value, description }) => `${value}\t${description}`);
  await context.screen.write(`${[kind === 'file' ? 'files' : 'words', ...lines].join('\n')}\n`);
  return exitCodes.done;
}

async function valuesWithin(context: CliContext, { kind, prefix }: Completion): Promise<Candidate[]> {
  if (kind === undefined) return [];
  const timeout = Promise.withResolvers<Candidate[]>();
  const stop = context.clock.after(serverTimeoutMs, () => timeout.resolve(knownValues(kind)));
  try {
    const values = await Promise.race([askServer(context, kind), timeout.promise]);
    return values.map(({ value, description }) => ({ value: prefix + value, description }));
  } catch {
    // A prompt is no place for a message: without a server there are only the values of this version.
    return knownValues(kind).map(({ value }) => ({ value: prefix + value, description: '' }));
  } finally {
    stop();
  }
}

async function askServer(context: CliContext, kind: NonNullable<Completion['kind']>): Promise<Candidate[]> {
  await using client = await connectTo(context);
  return await serverValues(client, kind);
}
