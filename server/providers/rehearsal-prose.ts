import { asksForSomething } from './rehearsal-asks.ts';
import { declinedIn, shortened } from './rehearsal-brief.ts';
import type { Brief } from './rehearsal-brief.ts';
import { codeWriterFor } from './rehearsal-code.ts';
import { fillingSentence } from './rehearsal-fit.ts';
import type { Draft } from './rehearsal-fit.ts';
import { inQuotes, quoted } from './rehearsal-subject.ts';
import type { Subject } from './rehearsal-subject.ts';
import { pick } from './seeded-random.ts';

/** The architect's plan. */
export function draftPlan(brief: Brief): Draft {
  const { subject, instructions, random, design, asks } = brief;
  const { title, quote, parts } = subject;
  const writer = codeWriterFor(design);
  const paths = writer.paths(design);
  const table = design.isOneFile
    ? `| \`${paths.store}\` | the rules that every ${parts[0]} has to keep, the entries, and the program that a person starts | nothing |\n`
    : `| \`${paths.rules}\` | what every ${parts[0]} has to keep, one named rule each | nothing |\n| \`${paths.store}\` | the entries, and the only way to change them | the rules |\n| \`${paths.use}\` | the program that a person starts | the store |\n`;
  const topics = [...new Set(instructions.flatMap(topicsIn))];
  const blocks = [
    `# Plan: ${title}\n\n`,
    ...acknowledged(instructions),
    ...declinedIn(brief).map((sentence) => `${sentence}\n\n`),
    `> ${honest}: the shape of the work is real, the judgement is not.\n\n`,
    `## Goal\n\nThe task says: ${inQuotes(quote)} ${pick(random, [
      'The smallest thing that answers it is a store whose entries keep a few named rules, with one way in and one way out.',
      'It comes down to one place that holds the entries and one that says what an entry has to keep.',
    ])} Whatever is not in the task is left out, and can be added behind the same door.\n\n`,
    `## Parts\n\n| file | holds | knows |\n|---|---|---|\n${table}\n`,
    ...topics.map(
      (topic) =>
        `## ${topic}\n\n${topic} comes in behind the store's interface: the rules do not know it, and the program only passes its address on. Until it is there the entries are kept in memory, so that everything can be tested without ${topic}; with it, an entry is written before it is confirmed.\n\n`,
    ),
    `## Order of work\n\n1. The rules, since everything else leans on them.\n2. The store: add, remove, list; ids that are never used twice.\n3. The program, which only passes on what it is given.\n4. Tests beside each: ${parts[0]} and ${parts[1]} first.\n\n`,
    `## Decisions\n\n- ${pick(random, [
      `A refused ${parts[0]} is an error with a reason, not a silent skip.`,
      `A ${parts[0]} that breaks a rule is turned away before anything is stored.`,
    ])}\n- The number of entries has a limit with a name and a default.\n- No clock, no network, no global state: so the ${parts[1]} can be tested alone.\n- ${writer.title}, ${design.style === 'classes' ? 'with a class for the store' : 'with a function that makes the store'}.\n${asPoints(instructions)}\n`,
    `## Risks\n\n- “${parts[0]}” may mean more to the person who asked than it does here; the rules are the place to say so.\n- ${pick(
      random,
      [
        `If ${parts[1]} has to survive a restart, the store needs a file behind it; the interface allows for it.`,
        `If several people change ${parts[1]} at once, the store has to say who was first; today there is one writer.`,
      ],
    )}\n\n`,
    `## Done when\n\n- an entry that keeps the rules can be added, listed and removed;\n- one that does not is refused by name;\n- the tests say so in sentences.\n\n`,
  ];
  return { blocks: shortened(blocks, asks), extra: (number) => note(subject, random, number) };
}

/** The documenter's page, and what any role says that the rehearsal has no text of its own for. */
export function draftPage(brief: Brief): Draft {
  const { rehearsal, subject, instructions, random, design, asks } = brief;
  const { title, quote, parts } = subject;
  const writer = codeWriterFor(design);
  const paths = writer.paths(design);
  const usage = writer.usage(design);
  const isStartable = !design.isOneFile || design.density !== 'tight';
  const blocks = [
    `# ${title}\n\n`,
    ...acknowledged(instructions),
    ...declinedIn(brief).map((sentence) => `${sentence}\n\n`),
    `It keeps entries that follow a few named rules, in the order they came. It was made for this task: “${quote}”\n\n`,
    `_${honest}; the page describes the files of this run${rehearsal.role === 'documenter' ? '' : `, as the role “${rehearsal.role}” might`}._\n\n`,
    ...(isStartable
      ? [`## Start\n\nEvery argument becomes an entry:\n\n\`\`\`sh\n${usage.start}\n\`\`\`\n\n`]
      : []),
    `## Use it from code\n\nAn entry is added, and taken out again by its id:\n\n\`\`\`${writer.language}\n${usage.code}\`\`\`\n\n`,
    `## What it promises\n\n- Entries come back in the order they were added.\n- An id is never used twice, not even after a removal.\n- An entry that breaks a rule is refused, and the error names every rule it breaks.\n- There is never more than the limit: an entry too many is refused.\n${asPoints(instructions)}\n`,
    `## Options\n\n| option | default | what it does |\n|---|---|---|\n| \`${usage.option}\` | 100 | how many entries there may be at once |\n\n`,
    `## Change the rules\n\nThe rules are a list in \`${design.isOneFile ? paths.store : paths.rules}\`: a name and a check each. ${pick(
      random,
      [
        `A new one needs no other change, and the tests for ${parts[0]} show how to try it.`,
        `Add yours at the end; the name is what people read when their ${parts[0]} is refused.`,
      ],
    )}\n\n`,
    `## Not there yet\n\nNothing is kept on disk, and there is one writer. Both can come behind the same functions, without a change for those who call them.\n\n`,
  ];
  const page = shortened(blocks, asks);
  const readme = rehearsal.files?.find(({ path }) => /^readme(?:\.md)?$/i.test(path))?.path;
  return {
    // With a README there, the page is its new text, as a file; it holds fences of its own.
    blocks:
      rehearsal.role === 'documenter' && readme !== undefined
        ? [`~~~markdown ${readme}\n${page.join('').trimEnd()}\n~~~\n\n`]
        : page,
    extra: (number) => note(subject, random, number),
  };
}

/** Names of things that a plan is to be made for, as in "Plan for Redis." */
function topicsIn(instruction: string): readonly string[] {
  if (asksForSomething(instruction)) return [];
  const named =
    /\b(?:plan for|plan with|design for|prepare for|support|backed by|based on|on top of|store (?:it|them|entries|everything) in|use|using|with) (\w[\w.+-]*\w(?: [A-Z]\w*)?)/gi;
  return [...instruction.slice(0, 1000).matchAll(named)].flatMap(([, name = '']) =>
    /^[A-Z]/.test(name) ? [name] : [],
  );
}

export const honest = 'This is a rehearsal: no model wrote it, and its words are taken from the task';

export function acknowledged(instructions: readonly string[]): readonly string[] {
  return instructions.length === 0 ? [] : [`${acknowledge(instructions)}\n\n`];
}

/** The sentence that answers a steer. */
export function acknowledge(instructions: readonly string[]): string {
  const latest = instructions.slice(-3).map((text) => quoted(text, 160));
  return `As asked: ${inQuotes(latest.join('”; “'))} What follows takes it into account.`;
}

export function asPoints(instructions: readonly string[]): string {
  return instructions
    .map((text) => `- Because it was asked for: ${quoted(text, 120).replace(/[.!]$/, '')}.\n`)
    .join('');
}

export function note(subject: Subject, random: () => number, number: number): string {
  const part = subject.parts[number % subject.parts.length] ?? subject.parts[0];
  const sentences = Array.from({ length: 4 }, () => fillingSentence(subject, random));
  return `## Note ${number}: ${part}\n\n${sentences.join('').trimEnd()}\n\n`;
}
