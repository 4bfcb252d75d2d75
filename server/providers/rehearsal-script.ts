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

/** The output of a rehearsed attempt. */
export interface Script {
  readonly reasoning: string;
  /** Without the text that was kept from the previous attempt. */
  readonly text: string;
}

/**
 * Generates the output of one attempt. It is determined by shape, role, visit, attempt, task, instructions and kept
 * text; the run's id matters only if the shape has no seed.
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
  if (rehearsal.keptText === '') return { reasoning, text: write(rehearsal.instructions.length) };
  return {
    reasoning,
    text: continueText({
      kept: rehearsal.keptText,
      instructions: rehearsal.instructions,
      write,
      revise: (count, sofar) => writeRevision(draftOf(count), draftOf(rehearsal.instructions.length), sofar),
      topicsFor: (sofar) =>
        (draftFor(brief).topics ?? []).filter((block) => !sofar.includes(block.trimEnd())),
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
  // Without the attempt number: a continued or repeated text is the same text.
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
    `(Rehearsal: simulated reasoning, no model is called.) The task is about "${subject.title}".`,
    rehearsal.attempt > 1 ? `This is attempt ${rehearsal.attempt} at this stage.` : '',
    instructions.length > 0 ? acknowledge(instructions.slice(-1)) : '',
    rehearsal.keptText === ''
      ? ''
      : `${rehearsal.keptText.length} characters exist already; continue from there.`,
    considerations[rehearsal.role] ?? 'State what is known, briefly.',
    `The most important words seem to be ${subject.parts.join(', ')}.`,
  ];
  const text = sentences.filter((sentence) => sentence !== '').join(' ');
  if (shape.reasoningChars === undefined) return text;
  // A random source of its own: the amount of reasoning does not change the text.
  const random = createSeededRandom('reasoning', shape.seed ?? rehearsal.runId, rehearsal.role);
  const more = fill(shape.reasoningChars - text.length - 1, subject, random);
  return `${text} ${more}`.slice(0, shape.reasoningChars).replace(/[\ud800-\udbff]$/, '.');
}

const considerations: Readonly<Record<string, string>> = {
  architect: 'Identify the parts first, then their dependencies, then the order of work.',
  coder: 'Follow the plan: rules, store, program. Write complete files.',
  reviewer:
    'Look for defects first, then for misleading code, then for style; list the issues before the verdict.',
  refiner: 'Fix every issue of the review, and change nothing else.',
  tester: 'Test the documented behaviour, not implementation details.',
  documenter: 'Start with the purpose, then usage, then guarantees.',
};
