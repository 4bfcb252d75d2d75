import { declinedIn, programBefore, writtenFiles } from './rehearsal-brief.ts';
import type { Brief } from './rehearsal-brief.ts';
import { codeWriterFor, fenced, formerPaths, removal, writeProgram } from './rehearsal-code.ts';
import type { CodeFile, CodeWriter, Mended } from './rehearsal-code-writer.ts';
import { designFor } from './rehearsal-design.ts';
import { fillingSentence } from './rehearsal-fit.ts';
import type { Draft } from './rehearsal-fit.ts';
import { acknowledged, asPoints, honest, note } from './rehearsal-prose.ts';
import { quoted } from './rehearsal-subject.ts';
import { pick } from './seeded-random.ts';

/** The coder's files, each in a fence that names its path, and the removal of what takes another place. */
export function draftProgram(brief: Brief): Draft {
  const { subject, design, asks, random, instructions, mended } = brief;
  const writer = codeWriterFor(design);
  const paths = writer.paths(design);
  const program = writeProgram(design, mended);
  const tests = asks.tests === 'wanted' ? writer.tests(design) : [];
  const files = [...program, ...tests];
  const amount = design.isOneFile ? 'One file' : pick(random, ['Three files', 'The plan in three files']);
  const withTests = tests.length === 0 ? '' : ', and tests for both';
  const opening = design.isOneFile
    ? `${amount} for “${subject.title}”: rules, store and program in \`${paths.store}\`${tests.length === 0 ? '' : ', and tests beside it'}.`
    : `${amount} for “${subject.title}”: the store in \`${paths.store}\`, its rules beside it, and a program to try it with${withTests}.`;
  const hasStart = !design.isOneFile || design.density !== 'tight';
  return {
    blocks: [
      ...acknowledged(instructions),
      `${honest}. ${opening}\n\n`,
      ...declinedBlocks(brief),
      ...stalePaths(brief, files).map(removal),
      ...files.map((file) => fenced(writer.language, file)),
      `${hasStart ? 'Start it with a few arguments; each becomes an entry. ' : ''}${fillingSentence(subject, random).trim()}\n\n`,
    ],
    short: shortFile(writer, paths.store, 'written'),
    extra: furtherFile(brief),
  };
}

/** The refiner's lines about the issues, and only the files that are different for them or for what was asked. */
export function draftRefinement(brief: Brief): Draft {
  const { rehearsal, design, instructions, mended } = brief;
  const writer = codeWriterFor(design);
  const issues = rehearsal.issues.slice(0, 6);
  const target: Mended = {
    core: mended.core || issues.length > 0,
    use: mended.use || issues.some((issue) => issue.includes(answers[2][0])),
  };
  const before = new Map(programBefore(brief).map(({ path, text }) => [path, text]));
  const program = writeProgram(design, target);
  const stale = stalePaths(brief, [...program, ...writer.tests(design)]);
  const hadTests = [...before.keys(), ...stale].some((path) => /(?:^|\/)test_|\.test\./.test(path));
  const files = [...program, ...(hadTests ? writer.tests(design) : [])];
  const changed = files.filter(({ path, text }) => before.get(path) !== text);
  const isUnchanged = changed.length === 0 && stale.length === 0;
  const lines = issues.map(
    (issue) => `- ${quoted(issue, 160)} ${isUnchanged ? declined : answerTo(issue)}\n`,
  );
  const opening = isUnchanged
    ? 'Nothing is changed'
    : `What changes is below, whole; all other files stay${lines.length === 0 ? '' : ', and this is how the review is answered'}`;
  return {
    blocks: [
      ...acknowledged(instructions),
      `${honest}. ${opening}${lines.length === 0 ? '.' : `:\n\n${lines.join('')}`}`.trimEnd().concat('\n\n'),
      ...declinedBlocks(brief),
      ...stale.map(removal),
      ...changed.map((file) => fenced(writer.language, file)),
      ...(isUnchanged ? ['```unchanged\n```\n\n'] : []),
    ],
    short: shortFile(writer, writer.paths(design).store, 'mended'),
    extra: furtherFile(brief),
  };
}

/** The tester's files. */
export function draftTests(brief: Brief): Draft {
  const { subject, design, asks, instructions, random } = brief;
  const writer = codeWriterFor(design);
  const tests = writer.tests(design).slice(0, asks.tests === 'unwanted' ? 1 : undefined);
  return {
    blocks: [
      ...acknowledged(instructions),
      `${honest}. The tests say in sentences what “${subject.title}” promises, and need nothing but the language itself.\n\n`,
      ...declinedBlocks(brief),
      ...tests.map((file) => fenced(writer.language, file)),
      ...(instructions.length === 0 ? [] : [`${asPoints(instructions)}\n`]),
      `Run them with \`${writer.usage(design).test}\`. ${pick(random, [
        'What is not tested: that two writers do not meet, since there is only one.',
        `What is not tested: a ${subject.parts[0]} longer than memory.`,
      ])}\n\n`,
    ],
    short: shortFile(writer, tests[0]?.path ?? 'test', 'tested'),
    extra: (number) => note(subject, random, number),
  };
}

/** What the rehearsed reviewer finds, and how the refiner answers it. */
const answers = [
  ['vanishes without a word', 'A full store now refuses, and says how much room there is.'],
  ['but not which one', 'The error now names every rule that is broken.'],
  ['as a raw list', 'The program now prints one entry per line.'],
] as const;

const declined = 'Declined: the task does not ask for it, and it would change what others rely on.';

function answerTo(issue: string): string {
  return answers.find(([words]) => issue.includes(words))?.[1] ?? 'Put right, as far as a rehearsal can.';
}

/** Files of the program, or of its tests, that are there under a path that they do not have any more. */
function stalePaths({ rehearsal, subject, design }: Brief, files: readonly CodeFile[]): readonly string[] {
  const written = writtenFiles(rehearsal) ?? [];
  if (written.length === 0) return [];
  const former = formerPaths([design, designFor({ task: rehearsal.task, subject, instructions: [] })]);
  const kept = new Set([
    ...files.map(({ path }) => path),
    ...codeWriterFor(design)
      .tests(design)
      .map(({ path }) => path),
  ]);
  return written.map(({ path }) => path).filter((path) => former.has(path) && !kept.has(path));
}

function furtherFile({ design, asks, subject, random }: Brief): Draft['extra'] {
  const writer = codeWriterFor(design);
  const isBounded = design.isOneFile || asks.lines?.of === 'all' || asks.length === 'short';
  return (number) =>
    isBounded ? note(subject, random, number) : fenced(writer.language, writer.extra(design, number));
}

function declinedBlocks(brief: Brief): readonly string[] {
  const sentences = declinedIn(brief);
  return sentences.length === 0 ? [] : [`${sentences.join(' ')}\n\n`];
}

function shortFile({ language, comment }: CodeWriter, path: string, done: string): string {
  return fenced(language, { path, text: `${comment} ${done} in short\n` });
}
