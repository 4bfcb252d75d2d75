import { hasRequirements } from './rehearsal-requirements.ts';
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
  const { subject, instructions, random, design, requirements } = brief;
  const { title, quote, parts } = subject;
  const writer = codeWriterFor(design);
  const paths = writer.paths(design);
  const table = design.isOneFile
    ? `| \`${paths.store}\` | the rules for every ${parts[0]}, the entries, and the command-line program | nothing |\n`
    : `| \`${paths.rules}\` | the rules for every ${parts[0]}, each with a name | nothing |\n| \`${paths.store}\` | the entries, and the only functions that change them | the rules |\n| \`${paths.use}\` | the command-line program | the store |\n`;
  const topics = [...new Set(instructions.flatMap(topicsIn))].map(
    (topic) =>
      `## ${topic}\n\n${topic} is added behind the store's interface: the rules do not depend on it, and the program only passes its address on. Until then the entries are kept in memory, so that everything can be tested without ${topic}. With it, an entry is written before it is confirmed.\n\n`,
  );
  const blocks = [
    `# Plan: ${title}\n\n`,
    ...acknowledged(instructions),
    ...declinedIn(brief).map((sentence) => `${sentence}\n\n`),
    `> ${disclaimer}. The structure of the run is real; the content is only an example.\n\n`,
    `## Goal\n\nThe task: ${inQuotes(quote)} ${pick(random, [
      'The simplest solution is a store that validates its entries against a few named rules and is changed through two functions only.',
      'It needs two parts: a store that holds the entries, and rules that validate them.',
    ])} Everything else is out of scope, and can be added later behind the same interface.\n\n`,
    `## Parts\n\n| File | Contains | Depends on |\n|---|---|---|\n${table}\n`,
    ...topics,
    `## Order of work\n\n1. The rules, since everything else depends on them.\n2. The store: add, remove, list, with ids that are never reused.\n3. The program, which passes its arguments to the store.\n4. Tests for each part, starting with ${parts[0]} and ${parts[1]}.\n\n`,
    `## Decisions\n\n- ${pick(random, [
      `A rejected ${parts[0]} raises an error with a reason; it is not skipped silently.`,
      `A ${parts[0]} that breaks a rule is rejected before anything is stored.`,
    ])}\n- The number of entries has a named limit with a default.\n- No clock, no network and no global state, so that ${parts[1]} can be tested in isolation.\n- ${writer.title}, ${design.style === 'classes' ? 'with a class for the store' : 'with a function that creates the store'}.\n${instructionPoints(instructions)}\n`,
    `## Risks\n\n- “${parts[0]}” may mean more in the task than it does here; if so, extend the rules.\n- ${pick(
      random,
      [
        `If ${parts[1]} must survive a restart, the store needs persistence; the interface allows for it.`,
        `If several clients change ${parts[1]} concurrently, the store needs to order the changes; it assumes a single writer.`,
      ],
    )}\n\n`,
    `## Acceptance criteria\n\n- A valid entry can be added, listed and removed.\n- An invalid entry is rejected, and the error names the broken rules.\n- The tests cover both.\n\n`,
  ];
  return {
    blocks: shortened(blocks, requirements),
    topics,
    extra: (number) => note(subject, random, number),
  };
}

/** The documenter's page, also used for roles that the rehearsal has no text for. */
export function draftPage(brief: Brief): Draft {
  const { rehearsal, subject, instructions, random, design, requirements } = brief;
  const { title, quote, parts } = subject;
  const writer = codeWriterFor(design);
  const paths = writer.paths(design);
  const usage = writer.usage(design);
  const isStartable = !design.isOneFile || design.density !== 'tight';
  const topics = topicSentences(instructions);
  const blocks = [
    `# ${title}\n\n`,
    ...acknowledged(instructions),
    ...declinedIn(brief).map((sentence) => `${sentence}\n\n`),
    `It stores entries that follow a few named rules, in insertion order. It was generated for this task: “${quote}”\n\n`,
    `_${disclaimer}. This page describes the files of the run${rehearsal.role === 'documenter' ? '' : `, written for the role “${rehearsal.role}”`}._\n\n`,
    ...(isStartable
      ? [`## Usage\n\nEvery argument becomes an entry:\n\n\`\`\`sh\n${usage.start}\n\`\`\`\n\n`]
      : []),
    `## Use from code\n\nAdd an entry, and remove it by its id:\n\n\`\`\`${writer.language}\n${usage.code}\`\`\`\n\n`,
    ...topics,
    `## Guarantees\n\n- Entries are listed in insertion order.\n- An id is never reused, not even after a removal.\n- An entry that breaks a rule is rejected, and the error names every broken rule.\n- The number of entries never exceeds the limit: further entries are rejected.\n${instructionPoints(instructions)}\n`,
    `## Options\n\n| Option | Default | Description |\n|---|---|---|\n| \`${usage.option}\` | 100 | maximum number of entries |\n\n`,
    `## Change the rules\n\nThe rules are a list in \`${design.isOneFile ? paths.store : paths.rules}\`, each with a name and a check. ${pick(
      random,
      [
        `A new rule needs no other change; the tests for ${parts[0]} show how to test it.`,
        `Add new rules at the end; their names appear in the error when a ${parts[0]} is rejected.`,
      ],
    )}\n\n`,
    `## Limitations\n\nEntries are kept in memory only, and there is a single writer. Both can be changed behind the same interface, without changes to its callers.\n\n`,
  ];
  const page = shortened(blocks, requirements);
  const readme = rehearsal.files?.find(({ path }) => /^readme(?:\.md)?$/i.test(path))?.path;
  return {
    // If there is a README, the page replaces it and is a file block with ~~~, since it contains fences.
    blocks:
      rehearsal.role === 'documenter' && readme !== undefined
        ? [`~~~markdown ${readme}\n${page.join('').trimEnd()}\n~~~\n\n`]
        : page,
    topics,
    extra: (number) => note(subject, random, number),
  };
}

/** What a text should cover: names of technologies, as in "Plan for Redis.", and anything as in "Mention the costs." */
function topicsIn(instruction: string): readonly string[] {
  if (hasRequirements(instruction)) return [];
  const named =
    /\b(?:plan for|plan with|design for|prepare for|support|backed by|based on|on top of|store (?:it|them|entries|everything) in|use|using|with) (\w[\w.+-]*\w(?: [A-Z]\w*)?)/gi;
  const words = instruction.slice(0, 1000);
  const technologies = [...words.matchAll(named)].flatMap(([, name = '']) =>
    /^[A-Z]/.test(name) ? [name] : [],
  );
  return [...technologies, ...[...words.matchAll(mentioned)].map(([, topic = '']) => quoted(topic, 60))];
}

const mentioned =
  /\b(?:mention|include the words?|include a mention of|talk about|refer to) (?:also )?(?:the word )?["'“‘`]?([\p{L}\p{N}][^.,;!?\n"'”’`]{0,80})/giu;

/** One sentence about each topic that the instructions name. */
export function topicSentences(instructions: readonly string[]): readonly string[] {
  const topics = [...new Set(instructions.flatMap(topicsIn))].slice(-3);
  return topics.map(
    (topic) =>
      `About ${topic}: the rehearsal knows no more than the word; what needs it belongs behind the store's interface.\n\n`,
  );
}

export const disclaimer =
  'This text is simulated by the rehearsal: no model wrote it, and its content is derived from the words of the task';

export function acknowledged(instructions: readonly string[]): readonly string[] {
  return instructions.length === 0 ? [] : [`${acknowledge(instructions)}\n\n`];
}

/** The sentence that acknowledges instructions. */
export function acknowledge(instructions: readonly string[]): string {
  const latest = instructions.slice(-3).map((text) => quoted(text, 160));
  return `As instructed: ${inQuotes(latest.join('”; “'))} The text below takes this into account.`;
}

export function instructionPoints(instructions: readonly string[]): string {
  return instructions.map((text) => `- As instructed: ${quoted(text, 120).replace(/[.!]$/, '')}.\n`).join('');
}

export function note(subject: Subject, random: () => number, number: number): string {
  const part = subject.parts[number % subject.parts.length] ?? subject.parts[0];
  const sentences = Array.from({ length: 4 }, () => fillingSentence(subject, random));
  return `## Note ${number}: ${part}\n\n${sentences.join('').trimEnd()}\n\n`;
}
