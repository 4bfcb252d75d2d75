import type { RehearsalContext } from './provider.ts';
import { createBrief, declinedIn } from './rehearsal-brief.ts';
import type { Brief } from './rehearsal-brief.ts';
import { codeWriterFor } from './rehearsal-code.ts';
import { continueText } from './rehearsal-continuation.ts';
import { fill, fit } from './rehearsal-fit.ts';
import type { Draft } from './rehearsal-fit.ts';
import { draftProgram, draftRefinement, draftTests } from './rehearsal-program.ts';
import { acknowledge, draftPage, draftPlan } from './rehearsal-prose.ts';
import { writeRevision } from './rehearsal-revision.ts';
import { writeReview, writeUnparsableReview } from './rehearsal-review.ts';
import type { RehearsalShape } from './rehearsal-shape.ts';
import { createSeededRandom } from './seeded-random.ts';

/** What a rehearsed attempt says. */
export interface Script {
  readonly reasoning: string;
  /** Without what was kept from the attempt before. */
  readonly text: string;
}

/**
 * Writes the lines of one attempt. The same shape, role, visit, attempt, task, instructions and kept text give
 * the same lines; the run's id has a say only when the shape has no seed.
 */
export function writeScript(
  rehearsal: RehearsalContext,
  shape: RehearsalShape,
  options: { /** A review that cannot be parsed. */ readonly unparsable?: boolean } = {},
): Script {
  const brief = briefFor(rehearsal, shape, rehearsal.instructions);
  const reasoning = writeReasoning(brief, shape);
  if (rehearsal.role === 'reviewer') {
    return {
      reasoning,
      text: options.unparsable === true ? writeUnparsableReview(brief) : writeReview(brief, shape),
    };
  }
  const write = (count: number): string => {
    const partial = briefFor(rehearsal, shape, rehearsal.instructions.slice(0, count));
    return fit(draftFor(partial), shape.chars, partial);
  };
  const draftOf = (count: number) => {
    const partial = briefFor(rehearsal, shape, rehearsal.instructions.slice(0, count));
    return { draft: draftFor(partial), design: partial.design };
  };
  if (rehearsal.kept === '') return { reasoning, text: write(rehearsal.instructions.length) };
  return {
    reasoning,
    text: continueText({
      kept: rehearsal.kept,
      instructions: rehearsal.instructions,
      write,
      revise: (count, sofar) => writeRevision(draftOf(count), draftOf(rehearsal.instructions.length), sofar),
      declined: declinedIn(brief).join(' '),
      comment: codeWriterFor(brief.design).comment,
      hasComments: brief.design.hasComments,
      otherwise: fill(400, brief.subject, brief.random),
    }),
  };
}

function draftFor(brief: Brief): Draft {
  switch (brief.rehearsal.role) {
    case 'architect':
      return draftPlan(brief);
    case 'coder':
      return draftProgram(brief);
    case 'refiner':
      return draftRefinement(brief);
    case 'tester':
      return draftTests(brief);
    default:
      return draftPage(brief);
  }
}

function briefFor(
  rehearsal: RehearsalContext,
  shape: RehearsalShape,
  instructions: readonly string[],
): Brief {
  // Not the attempt: a text that is continued or tried again is the same text.
  return createBrief(
    rehearsal,
    instructions,
    createSeededRandom(shape.seed ?? rehearsal.runId, rehearsal.role, rehearsal.visit, rehearsal.task),
  );
}

function writeReasoning(brief: Brief, shape: RehearsalShape): string {
  if (shape.reasoningChars === 0) return '';
  const { rehearsal, subject, instructions } = brief;
  const sentences = [
    `(Rehearsal: no model is thinking.) The task is about "${subject.title}".`,
    rehearsal.attempt > 1 ? `This is attempt ${rehearsal.attempt} at this stage.` : '',
    instructions.length > 0 ? acknowledge(instructions.slice(-1)) : '',
    rehearsal.kept === '' ? '' : `There are ${rehearsal.kept.length} characters already; go on from there.`,
    considerations[rehearsal.role] ?? 'Say what is known, plainly, and stop.',
    `The words that matter most seem to be ${subject.parts.join(', ')}.`,
  ];
  const text = sentences.filter((sentence) => sentence !== '').join(' ');
  if (shape.reasoningChars === undefined) return text;
  // A random source of its own: how much is thought does not change what is said.
  const random = createSeededRandom('reasoning', shape.seed ?? rehearsal.runId, rehearsal.role);
  const more = fill(shape.reasoningChars - text.length - 1, subject, random);
  return `${text} ${more}`.slice(0, shape.reasoningChars).replace(/[\ud800-\udbff]$/, '.');
}

const considerations: Readonly<Record<string, string>> = {
  architect: 'Find the parts first, then what each may know of the others, then the order of work.',
  coder: 'Keep to the plan: rules, store, program. Whole files, so that they can be taken as they are.',
  reviewer: 'Read for what breaks first, then for what misleads, then for taste; issues before the verdict.',
  refiner: 'Every issue of the review gets its change, and nothing else moves.',
  tester: 'Test what is promised, in sentences; leave alone what is only how it happens to work.',
  documenter: 'Begin with what it does, then how to start it, then what it promises.',
};
