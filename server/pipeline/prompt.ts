import { continuationRequest, repairRequest, steersSection } from './later-turns.ts';
import { nothingLeftOut, type LeftOut, type PromptInput } from './prompt-input.ts';
import { isBlank, joinSections } from './prompt-text.ts';
import { crewPrompt } from './prompts/crew.ts';
import {
  reviewSection,
  roleSection,
  skimmedSection,
  skippedSection,
  unfinishedSection,
} from './role-sections.ts';
import {
  contextFilesSection,
  designSection,
  notesSection,
  taskSection,
  writtenFileSections,
} from './shared-sections.ts';

export interface Message {
  readonly role: 'user' | 'assistant';
  readonly text: string;
  /** Of the first message: cache breakpoints, offsets up to which later prompts of the run are likely to repeat it. */
  readonly cacheEnds?: readonly number[];
}

export interface Prompt {
  readonly system: string;
  /** Roles alternate, starting and ending with `user`; no text is blank. */
  readonly messages: readonly Message[];
}

/**
 * Builds the conversation for one attempt. It never ends with the assistant, since current models reject prefilled
 * answers.
 *
 * | message   | contains                                                                | shared by         |
 * | --------- | ----------------------------------------------------------------------- | ----------------- |
 * | system    | what the crew is and how files are shown                                | all runs          |
 * | user      | the task, the earlier ones, and the instructions `all`                  | all prompts       |
 * |           | context files that no role has changed, with line numbers (*)           | all prompts (**)  |
 * |           | the architect's latest text (*)                                         | until a new one   |
 * |           | written files as they are now, numbered, ordered by last change (*);    | until a change    |
 * |           | the documenter gets only the paths of the tester's                      |                   |
 * |           | notes: what roles wrote in addition to their files; removed files       | (grows)           |
 * |           | blocks that became no file, and why; an unfinished file                 | the stage         |
 * |           | the latest review: issues for the refiner, a report for all others but  | the stage         |
 * |           | the tester                                                              |                   |
 * |           | the role's duties, its instructions, the form of its answer             | the stage         |
 * | assistant | an answer that could not be used                                        | a repair          |
 * | user      | what was wrong with it, and what is requested instead                   | a repair          |
 * | assistant | the draft shown so far                                                  | after an attempt  |
 * | user      | steers and redirects, then how to continue                              | the attempt       |
 *
 * (*) `cacheEnds` has an offset after the context files (until a file is written), the design and the written files, and
 * two more between the files: at most four, the maximum of Anthropic's API. What grows or differs by role comes later.
 * (**) until a role changes one of them: each path occurs once, where it was last changed.
 *
 * All text by people or models is in a code fence that nothing inside it can close. A blank part is left out; adjacent
 * messages of one role are merged.
 */
export function buildPrompt(input: PromptInput, leftOut: LeftOut = nothingLeftOut): Prompt {
  const { draft, repair } = input;
  const hasDraft = draft !== undefined && !isBlank(draft.text);
  const messages: Message[] = [assignment(input, leftOut)];
  if (repair !== undefined) {
    add(messages, 'assistant', repair.text);
    add(messages, 'user', repairRequest(repair));
  }
  if (hasDraft) add(messages, 'assistant', draft.text);
  add(
    messages,
    'user',
    joinSections([steersSection(input.steers), hasDraft ? continuationRequest(draft) : '']),
  );
  return { system: crewPrompt, messages };
}

/** The length of each part of a prompt in chars, by a display name. */
export function charsByPart(input: PromptInput, leftOut: LeftOut): ReadonlyMap<string, number> {
  const { repair, draft, steers } = input;
  return new Map([
    ['task and instructions', crewPrompt.length + taskSection(input).length + roleSection(input).length],
    ['context files', contextFilesSection(input, leftOut).length],
    ['design', designSection(input, leftOut).length],
    ['written files', writtenFileSections(input).join('').length],
    ['notes', notesSection(input).length + skippedSection(input).length],
    ['unfinished files', unfinishedSection(input).length],
    ['review', reviewSection(input, leftOut).length],
    ['draft and earlier answer', (draft?.text.length ?? 0) + (repair?.text.length ?? 0)],
    ['steers', steersSection(steers).length],
  ]);
}

function assignment(input: PromptInput, leftOut: LeftOut): Message {
  const cacheEnds: number[] = [];
  let text = taskSection(input);
  const append = (section: string) => {
    if (!isBlank(section)) text += `\n\n${section}`;
  };
  const mark = () => {
    if (text.length > (cacheEnds.at(-1) ?? 0)) cacheEnds.push(text.length);
  };
  const files = writtenFileSections(input);
  append(contextFilesSection(input, leftOut));
  // Once there are files, every prompt has the design, whose end comes later.
  if (files.length === 0) mark();
  append(designSection(input, leftOut));
  mark();
  const steps = endsWithin(files);
  files.forEach((file, index) => {
    append(file);
    if (steps.has(index)) mark();
  });
  mark();
  for (const section of [skimmedSection, notesSection, skippedSection, unfinishedSection])
    append(section(input));
  append(reviewSection(input, leftOut));
  append(roleSection(input));
  return { role: 'user', text, cacheEnds };
}

/**
 * The files after which a cache breakpoint is placed: where their total length reaches the greatest power of two
 * below it, and half of that. These places stay the same in the next prompt if only files after them have changed.
 */
function endsWithin(files: readonly string[]): ReadonlySet<number> {
  const lengths = files.map(({ length }) => length);
  const total = lengths.reduce((sum, length) => sum + length, 0);
  const step = 2 ** Math.floor(Math.log2(Math.max(1, total)));
  const reached = (chars: number) => {
    let sum = 0;
    return lengths.findIndex((length) => (sum += length) >= chars);
  };
  return new Set([reached(step / 2), reached(step)]);
}

function add(messages: Message[], role: Message['role'], text: string): void {
  if (isBlank(text)) return;
  const last = messages.at(-1);
  if (last?.role !== role) messages.push({ role, text });
  else messages[messages.length - 1] = { ...last, text: joinSections([last.text, text]) };
}
