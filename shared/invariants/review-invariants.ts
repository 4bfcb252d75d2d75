import type { EventOf, RunEvent } from '../events.ts';
import type { ReviewIssue, RunVerdict } from '../primitives.ts';
import { joinParts } from '../text/file-text.ts';
import { attemptOf } from './attempt-of.ts';
import { isCopy } from './copy-invariants.ts';
import type { RunInvariant } from './run-invariant.ts';

/**
 * Notes precede `review.recorded`, which repeats them and may have more. If parts could not be read it may lack some,
 * but never a blocker or a major issue (E8).
 */
export const reviewRepeatsItsNotes: RunInvariant = (events) =>
  events.flatMap((event, index) => {
    if (event.type !== 'review.recorded') return [];
    const notes = events.flatMap((other, at) =>
      other.type === 'review.noted' && attemptOf(other) === attemptOf(event)
        ? [{ issue: other.issue, at }]
        : [],
    );
    const late = notes
      .filter(({ at }) => at > index)
      .map(({ at }) => `a note at ${at} comes after its review`);
    const noted = notes.map(({ issue }) => issue);
    const kept = event.problems === undefined ? noted : noted.filter(isGrave);
    const lost = kept.filter(({ message }) => !event.issues.some((it) => it.message === message));
    return [
      ...late,
      ...lost.map(({ message }) => `the review of attempt ${attemptOf(event)} has lost “${message}”`),
    ];
  });

/** An approval has no blocker and no major issue, and needs a file if the run had a coder (J2, T13). */
export const approvalIsEarned: RunInvariant = (events) => {
  let hasCoder = false;
  let hasFile = false;
  return events.flatMap((event) => {
    if (event.type === 'stage.started' && event.role === 'coder') hasCoder = true;
    if (event.type === 'artifact.recorded' || event.type === 'artifact.removed') hasFile = true;
    if (event.type !== 'review.recorded' || event.verdict !== 'approved') return [];
    const grave = event.issues.find(isGrave);
    return [
      ...(grave === undefined
        ? []
        : [`attempt ${attemptOf(event)} approves beside a ${grave.severity} issue`]),
      ...(hasCoder && !hasFile ? [`attempt ${attemptOf(event)} approves, and no file was written`] : []),
    ];
  });
};

/** The verdict of the run is that of its last review, or `none` if a reviewed file has changed since (L5, L8). */
export const verdictIsOfTheLastReview: RunInvariant = (events) => {
  const walk = createReviewWalk();
  return events.flatMap((event) => {
    walk.see(event);
    if (event.type !== 'run.completed') return [];
    const allowed = walk.verdicts();
    return allowed.includes(event.verdict)
      ? []
      : [`the run’s verdict is ${event.verdict}, not ${allowed.join(' or ')}`];
  });
};

/** A reviewer is next after a tester or a documenter has changed a reviewed file (L8). */
export const changesAreReviewed: RunInvariant = (events) => {
  const walk = createReviewWalk();
  const roles = events.find((event) => event.type === 'run.queued')?.pipeline.roles ?? [];
  let stage: EventOf<'stage.completed'> | undefined;
  return events.flatMap((event) => {
    const changed = walk.see(event);
    if (event.type === 'stage.started' || event.type === 'run.completed') {
      const isNext = event.type === 'stage.started' && event.role === 'reviewer';
      const problem =
        stage === undefined || isNext
          ? []
          : [`stage ${stage.stage} (${stage.role}) changed what was reviewed, and no reviewer comes next`];
      stage = undefined;
      return problem;
    }
    if (event.type === 'stage.completed' && changed && roles.includes('reviewer') && !isCopy(event))
      stage = event;
    return [];
  });
};

/** Tracks the files and the reviews of a run, to derive its verdict. */
function createReviewWalk() {
  const texts = new Map<string, string>();
  const files = new Map<string, string>();
  let given: ReadonlyMap<string, string> = new Map();
  let review: { readonly verdict: RunVerdict; readonly given: ReadonlyMap<string, string> } | undefined;
  let touched = false;
  let plan: readonly string[] = [];
  /** Reviewed paths that the current stage has written or removed; a later attempt may undo that. */
  const ofStage = new Set<string>();

  /** A path that the last review covered is written or removed. */
  function note(path: string): void {
    if (review?.given.has(path) !== true) return;
    touched = true;
    ofStage.add(path);
  }

  return {
    /** @returns whether the stage of the event has changed a reviewed file. */
    see(event: RunEvent): boolean {
      switch (event.type) {
        case 'input.recorded':
          // Of an inherited review: a context file of the run can replace a reviewed one.
          note(event.path);
          files.set(event.path, event.text);
          break;
        case 'run.planned':
          // A follow-up begins a new pass of the pipeline (L9).
          if (event.cause === 'start' && plan.length === 0 && event.roles.length > 0) review = undefined;
          plan = event.roles;
          break;
        case 'stage.started': {
          const before = texts.get(`${event.stage}.${event.attempt - 1}`) ?? '';
          texts.set(attemptOf(event), before.slice(0, event.keptChars));
          if (event.attempt === 1) {
            ofStage.clear();
            plan = plan.slice(1);
          }
          if (event.role === 'reviewer') given = new Map(files);
          const isOfCode = event.role === 'coder' || event.role === 'refiner';
          if (isOfCode && event.attempt === 1) review = undefined;
          break;
        }
        case 'stage.delta':
          texts.set(
            attemptOf(event),
            (texts.get(attemptOf(event)) ?? '').slice(0, event.offset) + event.text,
          );
          break;
        case 'artifact.recorded': {
          const text = joinParts(texts.get(attemptOf(event)) ?? '', event.parts);
          note(event.path);
          files.set(event.path, text);
          break;
        }
        case 'artifact.removed':
          note(event.path);
          files.delete(event.path);
          break;
        case 'review.recorded':
          review = { verdict: event.verdict, given };
          touched = false;
          ofStage.clear();
          break;
        default:
          break;
      }
      return [...ofStage].some((path) => files.get(path) !== review?.given.get(path));
    },

    /** A path that is written again unchanged may count as changed or not. */
    verdicts(): readonly RunVerdict[] {
      if (review === undefined) return ['none'];
      const isChanged = [...review.given].some(([path, text]) => files.get(path) !== text);
      if (isChanged) return ['none'];
      return touched ? [review.verdict, 'none'] : [review.verdict];
    },
  };
}

function isGrave({ severity }: ReviewIssue): boolean {
  return severity === 'blocker' || severity === 'major';
}
