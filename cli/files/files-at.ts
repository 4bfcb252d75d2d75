import type { FilesAt, RunState } from '@stagewire/client';
import { CliProblem } from '../terminal/cli-problem.ts';

/** A point in a run as an option names it: `2`, the last attempt of stage 2; `2.1`; or `given`, the start. */
export type PlaceOption = { readonly stage: number; readonly attempt?: number } | 'given';

/** `undefined` for anything else. */
export function parsePlace(text: string): PlaceOption | undefined {
  if (text === 'given') return 'given';
  const [, stage, attempt] = /^([1-9]\d{0,8})(?:\.([1-9]\d{0,8}))?$/.exec(text) ?? [];
  if (stage === undefined) return undefined;
  return { stage: Number(stage), ...(attempt !== undefined && { attempt: Number(attempt) }) };
}

/** `given`, or `2.1`. */
export function placeText(at: FilesAt): string {
  return at === 'given' ? at : `${at.stage}.${at.attempt}`;
}

/** The attempt that an option means. @throws CliProblem if there is no such stage, or its attempt has not ended. */
export function resolvePlace({ runId, stages }: RunState, place: PlaceOption): FilesAt {
  if (place === 'given') return place;
  const stage = stages.find((it) => it.stage === place.stage);
  if (stage === undefined) {
    const last = stages.at(-1)?.stage ?? 0;
    throw new CliProblem(
      `Run ${runId} has no stage ${place.stage}: it has ${last === 0 ? 'none' : `1 to ${last}`}.`,
    );
  }
  const ended = stage.attempts.filter(({ status }) => status !== 'running');
  const attempt =
    place.attempt === undefined ? ended.at(-1) : ended.find((it) => it.attempt === place.attempt);
  if (attempt === undefined) {
    const which = place.attempt === undefined ? 'has no attempt' : `has no attempt ${place.attempt}`;
    throw new CliProblem(`Stage ${place.stage} of run ${runId} ${which} that has ended.`);
  }
  return { stage: place.stage, attempt: attempt.attempt };
}
