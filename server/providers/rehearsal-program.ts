import { declinedIn, programBefore, writtenFiles } from './rehearsal-brief.ts';
import type { Brief } from './rehearsal-brief.ts';
import { codeWriterFor, fenced, formerPaths, removal, writeProgram } from './rehearsal-code.ts';
import type { CodeFile, CodeWriter, Fixes } from './rehearsal-code-writer.ts';
import { designFor } from './rehearsal-design.ts';
import { fillingSentence } from './rehearsal-fit.ts';
import type { Draft } from './rehearsal-fit.ts';
import { acknowledged, instructionPoints, disclaimer, note, topicSentences } from './rehearsal-prose.ts';
import { quoted } from './rehearsal-subject.ts';
import { pick } from './seeded-random.ts';

/** The coder's text: each file in a code block with its path, and the removal of files that moved. */
export function draftProgram(brief: Brief): Draft {
  const { subject, design, requirements, random, instructions, fixes } = brief;
  const writer = codeWriterFor(design);
  const paths = writer.paths(design);
  const program = writeProgram(design, fixes);
  const tests = requirements.tests === 'wanted' ? writer.tests(design) : [];
  const files = [...program, ...tests];
  const amount = design.isOneFile
    ? 'One file'
    : pick(random, ['Three files', 'The plan, implemented in three files,']);
  const withTests = tests.length === 0 ? '' : ', and tests';
  const opening = design.isOneFile
    ? `${amount} for “${subject.title}”: rules, store and program are in \`${paths.store}\`${tests.length === 0 ? '' : '; the tests are in separate files'}.`
    : `${amount} for “${subject.title}”: the store in \`${paths.store}\`, its rules, and a command-line program${withTests}.`;
  const hasStart = !design.isOneFile || design.density !== 'tight';
  const topics = topicSentences(instructions);
  return {
    blocks: [
      ...acknowledged(instructions),
      `${disclaimer}. ${opening}\n\n`,
      ...declinedBlocks(brief),
      ...stalePaths(brief, files).map(removal),
      ...files.map((file) => fenced(writer.language, file)),
      `${hasStart ? 'Run it with a few arguments; each becomes an entry. ' : ''}${fillingSentence(subject, random).trim()}\n\n`,
      ...topics,
    ],
    topics,
    short: shortFile(writer, paths.store, 'written'),
    extra: furtherFile(brief),
  };
}

/** The refiner's text: one line per issue, and only the files that change because of the review or the instructions. */
export function draftRefinement(brief: Brief): Draft {
  const { rehearsal, design, instructions, requirements, fixes } = brief;
  const writer = codeWriterFor(design);
  const issues = rehearsal.issues.slice(0, 6);
  const target: Fixes = {
    core: fixes.core || issues.length > 0,
    use: fixes.use || issues.some((issue) => issue.includes(answers[2][0])),
  };
  const before = new Map(programBefore(brief).map(({ path, text }) => [path, text]));
  const program = writeProgram(design, target);
  const stale = stalePaths(brief, [...program, ...writer.tests(design)]);
  const hadTests = [...before.keys(), ...stale].some((path) => /(?:^|\/)test_|\.test\./.test(path));
  const hasTests = hadTests || requirements.tests === 'wanted';
  const files = [...program, ...(hasTests ? writer.tests(design) : [])];
  const changed = files.filter(({ path, text }) => before.get(path) !== text);
  const isUnchanged = changed.length === 0 && stale.length === 0;
  const lines = issues.map(
    (issue) => `- ${quoted(issue, 160)} ${isUnchanged ? declined : answerTo(issue)}\n`,
  );
  const opening = isUnchanged
    ? 'No file changes'
    : `The complete changed files follow; all other files stay as they are${lines.length === 0 ? '' : '. Response to each issue of the review'}`;
  return {
    blocks: [
      ...acknowledged(instructions),
      `${disclaimer}. ${opening}${lines.length === 0 ? '.' : `:\n\n${lines.join('')}`}`
        .trimEnd()
        .concat('\n\n'),
      ...declinedBlocks(brief),
      ...stale.map(removal),
      ...changed.map((file) => fenced(writer.language, file)),
      ...(isUnchanged ? ['```unchanged\n```\n\n'] : []),
    ],
    short: shortFile(writer, writer.paths(design).store, 'fixed'),
    extra: furtherFile(brief),
  };
}

/** The tester's files. */
export function draftTests(brief: Brief): Draft {
  const { subject, design, requirements, instructions, random } = brief;
  const writer = codeWriterFor(design);
  const tests = writer.tests(design).slice(0, requirements.tests === 'unwanted' ? 1 : undefined);
  return {
    blocks: [
      ...acknowledged(instructions),
      `${disclaimer}. The tests check the behaviour of “${subject.title}” and use only the standard library.\n\n`,
      ...declinedBlocks(brief),
      ...tests.map((file) => fenced(writer.language, file)),
      ...(instructions.length === 0 ? [] : [`${instructionPoints(instructions)}\n`]),
      `Run them with \`${writer.usage(design).test}\`. ${pick(random, [
        'Not tested: concurrent writers, since the store has a single writer.',
        `Not tested: a ${subject.parts[0]} that does not fit in memory.`,
      ])}\n\n`,
    ],
    short: shortFile(writer, tests[0]?.path ?? 'test', 'tested'),
    extra: (number) => note(subject, random, number),
  };
}

/** Key words of the simulated reviewer's issues, and the refiner's answer to each. */
const answers = [
  ['removed silently', 'A full store now rejects new entries, and the error names the limit.'],
  ['does not say which rule', 'The error now names every broken rule.'],
  ['as a raw list', 'The program now prints one entry per line.'],
] as const;

const declined = 'Declined: the task does not require it, and it would change the public interface.';

function answerTo(issue: string): string {
  return (
    answers.find(([words]) => issue.includes(words))?.[1] ?? 'Fixed, within the limits of the rehearsal.'
  );
}

/** Files of the program or of its tests whose paths have changed: their old paths. */
function stalePaths({ rehearsal, subject, design }: Brief, files: readonly CodeFile[]): readonly string[] {
  const written = writtenFiles(rehearsal) ?? [];
  if (written.length === 0) return [];
  const former = formerPaths([
    design,
    designFor({ task: rehearsal.task, subject, instructions: [], hasTester: true }),
  ]);
  const kept = new Set([
    ...files.map(({ path }) => path),
    ...codeWriterFor(design)
      .tests(design)
      .map(({ path }) => path),
  ]);
  return written.map(({ path }) => path).filter((path) => former.has(path) && !kept.has(path));
}

function furtherFile({ design, requirements, subject, random }: Brief): Draft['extra'] {
  const writer = codeWriterFor(design);
  const isBounded = design.isOneFile || requirements.lines?.of === 'all' || requirements.length === 'short';
  return (number) =>
    isBounded ? note(subject, random, number) : fenced(writer.language, writer.extra(design, number));
}

function declinedBlocks(brief: Brief): readonly string[] {
  const sentences = declinedIn(brief);
  return sentences.length === 0 ? [] : [`${sentences.join(' ')}\n\n`];
}

function shortFile({ language, comment }: CodeWriter, path: string, done: string): string {
  return fenced(language, { path, text: `${comment} ${done}, minimal version\n` });
}
