import type { InputFile, ReviewIssue, Role } from '@stagewire/shared';
import { fenced, findFences } from '@stagewire/shared/text/fences';
import { languageOf } from '@stagewire/shared/text/file-path';
import type { RoleDefinition } from './roles.ts';

/** What a prompt is made of. Everything is given in the order in which it came to be. */
export interface PromptInput {
  readonly role: RoleDefinition;
  readonly task: string;
  readonly files: readonly InputFile[];
  /** `all`, or the name of a role, to a text. */
  readonly instructions: Readonly<Record<string, string>>;
  /** Each role's latest text that is not empty; those that the role does not read are passed over. */
  readonly sources: readonly PromptSource[];
  /** Of the latest review. */
  readonly issues: readonly ReviewIssue[];
  /** What was said while the run was under way and this role is to see. */
  readonly steers: readonly PromptSteer[];
  /** What the interrupted attempt has shown, and whether the answer goes on after it or begins anew. */
  readonly draft?: { readonly text: string; readonly mode: 'restart' | 'continue' } | undefined;
  /** An answer that could not be read, and why not. */
  readonly repair?: { readonly text: string; readonly problem: string } | undefined;
}

export interface PromptSource {
  readonly role: Role;
  readonly text: string;
  /** The text was cut off before the role had finished it. */
  readonly partial: boolean;
}

export interface PromptSteer {
  readonly text: string;
  readonly kind: 'steer' | 'redirect';
}

export interface Message {
  readonly role: 'user' | 'assistant';
  readonly text: string;
}

export interface Prompt {
  readonly system: string;
  /** Roles alternate, beginning and ending with `user`; no text is blank. */
  readonly messages: readonly Message[];
}

/**
 * The conversation for one attempt. It never ends with the assistant, since current models refuse to be prefilled.
 *
 * | message   | holds                                              | for                                     |
 * | --------- | -------------------------------------------------- | --------------------------------------- |
 * | system    | the role's own prompt                              | every role                              |
 * |           | instructions `all`, then those of the role         | every role                              |
 * | user      | the task                                           | every role                              |
 * |           | the context files                                  | roles with `readsFiles`: all six, since |
 * |           |                                                    | any of them may have to change or to    |
 * |           |                                                    | quote one: a test, a README             |
 * |           | earlier texts, marked if cut off                   | roles that have the writer in `reads`   |
 * |           | issues of the latest review                        | roles with `readsIssues`: the refiner   |
 * | assistant | an answer that could not be read                   | a repair                                |
 * | user      | why it could not be read                           | a repair                                |
 * | assistant | the draft shown so far                             | an attempt after an interrupted one     |
 * | user      | steers and redirects, then how to go on            | every role, where there are any         |
 *
 * A part that is blank is left out; neighbours of one role are merged into one message. The system prompt and the
 * first user message up to the steers are the same in all attempts of a stage, so a provider's cache can serve them.
 */
export function buildPrompt(input: PromptInput): Prompt {
  const { role, draft, repair } = input;
  const hasDraft = draft !== undefined && !isBlank(draft.text);
  const messages: Message[] = [{ role: 'user', text: assignment(input) }];
  if (repair !== undefined) {
    add(messages, 'assistant', repair.text);
    add(messages, 'user', repairRequest(repair.problem));
  }
  if (hasDraft) add(messages, 'assistant', draft.text);
  add(messages, 'user', join([steersSection(input.steers), hasDraft ? howToGoOn(draft) : '']));
  return { system: join([role.system, instructionsSection(input)]), messages };
}

function assignment({ role, task, files, sources, issues }: PromptInput): string {
  return join([
    `# Task\n\n${task}`,
    role.readsFiles ? filesSection(files) : '',
    ...sources.filter((source) => role.reads.includes(source.role)).map(sourceSection),
    role.readsIssues ? issuesSection(issues) : '',
  ]);
}

function instructionsSection({ role, instructions }: PromptInput): string {
  const texts = join([own(instructions, 'all'), own(instructions, role.role)]);
  return texts === ''
    ? ''
    : `Instructions for this task, which go before the general ones above:\n\n${texts}`;
}

function own(instructions: PromptInput['instructions'], name: string): string {
  return Object.hasOwn(instructions, name) ? (instructions[name] ?? '') : '';
}

function filesSection(files: readonly InputFile[]): string {
  if (files.length === 0) return '';
  const blocks = files.map(({ path, text }) => fenced(text, `${languageOf(path)} ${path}`));
  return join(['# Files given with the task', ...blocks]);
}

function sourceSection({ role, text, partial }: PromptSource): string {
  if (isBlank(text)) return '';
  const title = `# Text of the ${role}${partial ? ' (cut off before it was finished)' : ''}`;
  return `${title}\n\n${fenced(text)}`;
}

function issuesSection(issues: readonly ReviewIssue[]): string {
  if (issues.length === 0) return '';
  const items = issues.map(({ severity, message, file, line, suggestion }, index) => {
    const place = file === undefined ? '' : ` in ${file}${line === undefined ? '' : `, line ${line}`}`;
    const hint = suggestion === undefined ? '' : `\nSuggestion: ${suggestion}`;
    return `${index + 1}. [${severity}${place}] ${message}${hint}`;
  });
  return `# Issues the reviewer found\n\n${fenced(items.join('\n\n'))}`;
}

function steersSection(steers: readonly PromptSteer[]): string {
  const said = steers.filter(({ text }) => !isBlank(text));
  if (said.length === 0) return '';
  const items = said.map(({ text, kind }) =>
    kind === 'redirect' ? `When the work was sent to another role:\n\n${fenced(text)}` : fenced(text),
  );
  return join([
    '# Instructions given while the work was under way',
    'They go before the task where they differ from it, and a later one before an earlier one.',
    ...items,
  ]);
}

function repairRequest(problem: string): string {
  return join([
    `Your answer cannot be read by the program that waits for it:\n\n${fenced(problem)}`,
    'Answer again, with the whole answer and exactly in the form that was asked for.',
  ]);
}

function howToGoOn({ text, mode }: { readonly text: string; readonly mode: 'restart' | 'continue' }): string {
  if (mode === 'restart') {
    return 'You were interrupted, and the draft above is discarded. Start your answer again from scratch, taking the draft and every instruction into account. Do not mention the draft or the interruption.';
  }
  const seam =
    findFences(text).at(-1)?.isClosed === false
      ? 'The text stops inside a code block that is still open: go on with its content, and do not open a new code fence for it.'
      : 'The text stops outside any code block.';
  return `You were interrupted. The reader keeps everything above, and what you write now is joined to it as it is. Go on exactly where the text stops, in the middle of a word if need be. ${seam} Do not repeat or restate anything, do not begin anew, and do not mention the interruption. Follow every instruction from here on.`;
}

function add(messages: Message[], role: Message['role'], text: string): void {
  if (isBlank(text)) return;
  const last = messages.at(-1);
  if (last?.role !== role) messages.push({ role, text });
  else messages[messages.length - 1] = { role, text: join([last.text, text]) };
}

function join(parts: readonly string[]): string {
  return parts.filter((part) => !isBlank(part)).join('\n\n');
}

function isBlank(text: string): boolean {
  return text.trim() === '';
}
