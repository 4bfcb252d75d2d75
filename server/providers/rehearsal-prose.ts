import type { Scene } from './provider.ts';
import type { CodeWriter } from './rehearsal-code-writer.ts';
import { codeWriterFor, fenced, writeProgram } from './rehearsal-code.ts';
import { fillingSentence } from './rehearsal-fit.ts';
import type { Draft } from './rehearsal-fit.ts';
import { inQuotes, quoted } from './rehearsal-subject.ts';
import type { Subject } from './rehearsal-subject.ts';
import { pick } from './seeded-random.ts';

/** What the writers of text go by. */
export interface Brief {
  readonly scene: Scene;
  readonly subject: Subject;
  readonly instructions: readonly string[];
  readonly random: () => number;
}

/** The architect's plan. */
export function draftPlan({ subject, instructions, random }: Brief): Draft {
  const { title, quote, parts } = subject;
  const paths = codeWriterFor(subject).paths(subject);
  return {
    blocks: [
      `# Plan: ${title}\n\n`,
      ...acknowledged(instructions),
      `> ${honest}: the shape of the work is real, the judgement is not.\n\n`,
      `## Goal\n\nThe task says: ${inQuotes(quote)} ${pick(random, [
        'The smallest thing that answers it is a store whose entries keep a few named rules, with one way in and one way out.',
        'It comes down to one place that holds the entries and one that says what an entry has to keep.',
      ])} Whatever is not in the task is left out, and can be added behind the same door.\n\n`,
      `## Parts\n\n| file | holds | knows |\n|---|---|---|\n| \`${paths.rules}\` | what every ${parts[0]} has to keep, one named rule each | nothing |\n| \`${paths.store}\` | the entries, and the only way to change them | the rules |\n| \`${paths.use}\` | the program that a person starts | the store |\n\n`,
      `## Order of work\n\n1. The rules, since everything else leans on them.\n2. The store: add, remove, list; ids that are never used twice.\n3. The program, which only passes on what it is given.\n4. Tests beside each: ${parts[0]} and ${parts[1]} first.\n\n`,
      `## Decisions\n\n- ${pick(random, [
        `A refused ${parts[0]} is an error with a reason, not a silent skip.`,
        `A ${parts[0]} that breaks a rule is turned away before anything is stored.`,
      ])}\n- The number of entries has a limit with a name and a default.\n- No clock, no network, no global state: so the ${parts[1]} can be tested alone.\n${asPoints(instructions)}\n`,
      `## Risks\n\n- “${parts[0]}” may mean more to the person who asked than it does here; the rules are the place to say so.\n- ${pick(
        random,
        [
          `If ${parts[1]} has to survive a restart, the store needs a file behind it; the interface allows for it.`,
          `If several people change ${parts[1]} at once, the store has to say who was first; today there is one writer.`,
        ],
      )}\n\n`,
      `## Done when\n\n- an entry that keeps the rules can be added, listed and removed;\n- one that does not is refused by name;\n- the tests say so in sentences.\n\n`,
    ],
    extra: (number) => note(subject, random, number),
  };
}

/** The documenter's page, and what any role says that the rehearsal has no text of its own for. */
export function draftPage({ scene, subject, instructions, random }: Brief): Draft {
  const { title, quote, parts } = subject;
  const writer = codeWriterFor(subject);
  const paths = writer.paths(subject);
  const python = subject.language === 'py';
  const start = python ? `python ${paths.use} "first" "second"` : `node ${paths.use} "first" "second"`;
  const use = python
    ? `board = ${subject.pascal}(max_entries=10)\nentry = board.add("${parts[0]}")\nboard.remove(entry.id)\n`
    : `const board = create${subject.pascal}({ maxEntries: 10 });\nconst entry = board.add('${parts[0]}');\nboard.remove(entry.id);\n`;
  return {
    blocks: [
      `# ${title}\n\n`,
      ...acknowledged(instructions),
      `It keeps entries that follow a few named rules, in the order they came. It was made for this task: “${quote}”\n\n`,
      `_${honest}; the page describes the files of this run${scene.role === 'documenter' ? '' : `, as the role “${scene.role}” might`}._\n\n`,
      `## Start\n\nEvery argument becomes an entry:\n\n\`\`\`sh\n${start}\n\`\`\`\n\n`,
      `## Use it from code\n\nAn entry is added, and taken out again by its id:\n\n\`\`\`${writer.language}\n${use}\`\`\`\n\n`,
      `## What it promises\n\n- Entries come back in the order they were added.\n- An id is never used twice, not even after a removal.\n- An entry that breaks a rule is refused, and the error names every rule it breaks.\n- There is never more than the limit: an entry too many is refused.\n${asPoints(instructions)}\n`,
      `## Options\n\n| option | default | what it does |\n|---|---|---|\n| \`${python ? 'max_entries' : 'maxEntries'}\` | 100 | how many entries there may be at once |\n\n`,
      `## Change the rules\n\nThe rules are a list in \`${paths.rules}\`: a name and a check each. ${pick(
        random,
        [
          `A new one needs no other change, and the tests for ${parts[0]} show how to try it.`,
          `Add yours at the end; the name is what people read when their ${parts[0]} is refused.`,
        ],
      )}\n\n`,
      `## Not there yet\n\nNothing is kept on disk, and there is one writer. Both can come behind the same functions, without a change for those who call them.\n\n`,
    ],
    extra: (number) => note(subject, random, number),
  };
}

/** The coder's and the refiner's files, each in a fence that names its path. */
export function draftProgram({ scene, subject, instructions, random }: Brief): Draft {
  const mended = scene.role === 'refiner';
  const writer = codeWriterFor(subject);
  const paths = writer.paths(subject);
  const issues = scene.issues.slice(0, 6).map((issue) => `- ${quoted(issue, 160)}\n`);
  const opening = mended
    ? `${honest}. The files again, whole, with what the review found put right${issues.length === 0 ? '.' : `:\n\n${issues.join('')}`}`
    : `${honest}. ${pick(random, ['Three files', 'The plan in three files'])} for “${subject.title}”: the store in \`${paths.store}\`, its rules beside it, and a program to try it with.`;
  return {
    blocks: [
      ...acknowledged(instructions),
      `${opening.trimEnd()}\n\n`,
      ...writeProgram(subject, { mended, instructions }).map((file) => fenced(writer.language, file)),
      mended
        ? 'Too many entries are now refused instead of pushing out the oldest, and a refusal names every rule that is broken.\n\n'
        : `Start it with a few arguments; each becomes an entry. ${fillingSentence(subject, random).trim()}\n\n`,
    ],
    short: shortFile(writer, paths.store, mended ? 'mended' : 'written'),
    extra: (number) => fenced(writer.language, writer.extra(subject, number)),
  };
}

/** The tester's files. */
export function draftTests({ subject, instructions, random }: Brief): Draft {
  const writer = codeWriterFor(subject);
  const run = subject.language === 'py' ? 'python -m unittest' : 'node --test';
  return {
    blocks: [
      ...acknowledged(instructions),
      `${honest}. The tests say in sentences what “${subject.title}” promises, and need nothing but the language itself.\n\n`,
      ...writer.tests(subject).map((file) => fenced(writer.language, file)),
      ...(instructions.length === 0 ? [] : [`${asPoints(instructions)}\n`]),
      `Run them with \`${run}\`. ${pick(random, [
        'What is not tested: that two writers do not meet, since there is only one.',
        `What is not tested: a ${subject.parts[0]} longer than memory.`,
      ])}\n\n`,
    ],
    short: shortFile(writer, writer.tests(subject)[0]?.path ?? 'test', 'tested'),
    extra: (number) => note(subject, random, number),
  };
}

function shortFile({ language, comment }: CodeWriter, path: string, done: string): string {
  return fenced(language, { path, text: `${comment} ${done} in short\n` });
}

const honest = 'This is a rehearsal: no model wrote it, and its words are taken from the task';

function acknowledged(instructions: readonly string[]): readonly string[] {
  return instructions.length === 0 ? [] : [`${acknowledge(instructions)}\n\n`];
}

/** The sentence that answers a steer. */
export function acknowledge(instructions: readonly string[]): string {
  const latest = instructions.slice(-3).map((text) => quoted(text, 160));
  return `As asked: ${inQuotes(latest.join('”; “'))} What follows takes it into account.`;
}

function asPoints(instructions: readonly string[]): string {
  return instructions
    .map((text) => `- Because it was asked for: ${quoted(text, 120).replace(/[.!]$/, '')}.\n`)
    .join('');
}

function note(subject: Subject, random: () => number, number: number): string {
  const part = subject.parts[number % subject.parts.length] ?? subject.parts[0];
  const sentences = Array.from({ length: 4 }, () => fillingSentence(subject, random));
  return `## Note ${number}: ${part}\n\n${sentences.join('').trimEnd()}\n\n`;
}
