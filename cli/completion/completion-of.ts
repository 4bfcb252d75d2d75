import type { Command, Option } from 'commander';

/** One way to complete a word. */
export interface Candidate {
  /** The whole word. */
  readonly value: string;
  readonly description: string;
}

/** What a word may be. The server knows the values of some kinds. */
export type ValueKind = 'run' | 'role' | 'role-list' | 'role=' | 'model' | 'owner' | 'file';

export interface Completion {
  /** The commands, options and fixed values that fit. */
  readonly candidates: readonly Candidate[];
  /** Values of this kind fit as well. */
  readonly kind?: ValueKind;
  /** What the values are appended to: the part of the word before a `=` or the last comma. */
  readonly prefix: string;
}

/** By the name of an argument, or by the long name of an option. */
const kinds: Readonly<Record<string, ValueKind>> = {
  run: 'run',
  runId: 'run',
  runIds: 'run',
  role: 'role',
  '--run': 'run',
  '--from': 'run',
  '--roles': 'role-list',
  '--model': 'model',
  '--model-for': 'role=',
  '--effort': 'role=',
  '--max-output-tokens': 'role=',
  '--instruct-for': 'role=',
  '--expect': 'role',
  '--owner': 'owner',
  '--file': 'file',
  '--out': 'file',
  '--zip': 'file',
};

/** What the last of these words may become. @param words without the name of the program */
export function completionOf(program: Command, words: readonly string[]): Completion {
  const current = words.at(-1) ?? '';
  let command = program;
  let argument = 0;
  let waiting: Option | undefined;
  let onlyArguments = false;
  for (const word of words.slice(0, -1)) {
    if (waiting !== undefined) waiting = undefined;
    else if (word === '--') onlyArguments = true;
    else if (word.startsWith('-') && word !== '-' && !onlyArguments) {
      const option = optionOf(command, word);
      waiting = option?.required === true && !word.includes('=') ? option : undefined;
    } else {
      const sub = argument === 0 ? command.commands.find((it) => it.name() === word) : undefined;
      if (sub === undefined) argument += 1;
      else command = sub;
    }
  }
  if (waiting !== undefined) return valuesOf(waiting.argChoices, kinds[waiting.long ?? ''], { current });
  const [, name] = onlyArguments ? [] : (/^(--[\w-]+)=/.exec(current) ?? []);
  if (name !== undefined) {
    const option = optionOf(command, name);
    const value = current.slice(name.length + 1);
    return valuesOf(option?.argChoices, kinds[name], { current: value, prefix: `${name}=` });
  }
  if (current.startsWith('-') && !onlyArguments)
    return { candidates: optionsOf(command, current), prefix: '' };
  const { registeredArguments } = command;
  const last = registeredArguments.at(-1);
  const expected = registeredArguments[argument] ?? (last?.variadic === true ? last : undefined);
  const { candidates, ...rest } = valuesOf(expected?.argChoices, kinds[expected?.name() ?? ''], { current });
  return { candidates: [...(argument === 0 ? commandsOf(command, current) : []), ...candidates], ...rest };
}

function optionOf(command: Command, word: string): Option | undefined {
  const [name] = word.split('=');
  return command.options.find(({ long, short }) => long === name || short === name);
}

function optionsOf(command: Command, current: string): Candidate[] {
  return [
    ...command.options.flatMap(({ long, hidden, description }) =>
      hidden || typeof long !== 'string' ? [] : [{ value: long, description: firstSentence(description) }],
    ),
    { value: '--help', description: 'show the help of the command' },
  ].filter(({ value }) => value.startsWith(current));
}

function commandsOf({ commands }: Command, current: string): Candidate[] {
  return commands.flatMap((it) =>
    it.name() === hiddenCommand || !it.name().startsWith(current)
      ? []
      : [{ value: it.name(), description: firstSentence(it.description()) }],
  );
}

function valuesOf(
  choices: readonly string[] | undefined,
  kind: ValueKind | undefined,
  { current, prefix = '' }: { readonly current: string; readonly prefix?: string },
): Completion {
  const candidates = (choices ?? [])
    .filter((choice) => choice.startsWith(current))
    .map((choice) => ({ value: prefix + choice, description: '' }));
  const listed = kind === 'role-list' ? current.slice(0, current.lastIndexOf(',') + 1) : '';
  return { candidates, prefix: prefix + listed, ...(kind !== undefined && { kind }) };
}

function firstSentence(text: string): string {
  return text.split(/[;(]|\. /)[0]?.trim() ?? '';
}

/** The command that the scripts of the shells call. */
export const hiddenCommand = 'complete';
