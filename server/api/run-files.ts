import type { RunFile, RunState } from '@stagewire/shared';

/** The files of a run with their texts, which are parts of the text of the attempt that wrote them. */
export function runFiles(state: RunState): RunFile[] {
  const texts = new Map(
    state.stages.flatMap(({ stage, attempts }) =>
      attempts.map(({ attempt, text }) => [`${stage}/${attempt}`, text] as const),
    ),
  );
  return state.files.map(({ path, language, stage, attempt, offset, chars }) => {
    const text = (texts.get(`${stage}/${attempt}`) ?? '').slice(offset, offset + chars);
    return { path, language, text, stage, attempt };
  });
}
