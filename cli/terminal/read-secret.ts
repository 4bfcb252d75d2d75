import { CliProblem } from './cli-problem.ts';

/** Reads a secret: typed or pasted at a terminal, without showing it; otherwise from standard input. */
export type ReadSecret = (
  prompt: string,
  options?: { /** Nothing is an answer too. @default false */ readonly mayBeEmpty?: boolean },
) => Promise<string>;

export interface ReadSecretOptions {
  readonly input: NodeJS.ReadStream;
  /** Shows the prompt. */
  readonly output: NodeJS.WriteStream;
}

/** More than any token has. */
const maxChars = 16_384;

/** @throws CliProblem from the reader, if it was interrupted or got nothing. */
export function createSecretReader({ input, output }: ReadSecretOptions): ReadSecret {
  return async (prompt, { mayBeEmpty = false } = {}) => {
    const text = (input.isTTY ? await readHidden(input, output, prompt) : await readAll(input)).trim();
    if (text === '' && !mayBeEmpty)
      throw new CliProblem('No key was given. Paste it at the prompt, or send it to standard input.');
    return text;
  };
}

async function readAll(input: NodeJS.ReadStream): Promise<string> {
  let text = '';
  input.setEncoding('utf8');
  for await (const chunk of input) {
    text += String(chunk);
    if (text.length > maxChars) throw new CliProblem('Standard input is too long to be a key.');
  }
  return text;
}

async function readHidden(
  input: NodeJS.ReadStream,
  output: NodeJS.WriteStream,
  prompt: string,
): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  let text = '';
  const onData = (chunk: string) => {
    for (const char of chunk) {
      if (char === '\r' || char === '\n' || char === endOfInput) return resolve(text);
      if (char === interrupt) return reject(new CliProblem('Interrupted. Nothing was changed.'));
      if (char === '\b' || char === '\u007f') text = text.slice(0, -1);
      else if (text.length < maxChars) text += char;
    }
  };
  output.write(prompt);
  input.setEncoding('utf8');
  input.setRawMode(true);
  input.on('data', onData);
  input.resume();
  try {
    return await promise;
  } finally {
    input.off('data', onData);
    input.setRawMode(false);
    input.pause();
    output.write('\n');
  }
}

const interrupt = '\u0003';
const endOfInput = '\u0004';
