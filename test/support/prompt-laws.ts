import assert from 'node:assert/strict';
import { isEnding, type DurableEvent, type RunFile } from '@stagewire/shared';
import { fenced } from '@stagewire/shared/text/fences';
import { languageOf } from '@stagewire/shared/text/language-of';
import { numberedLines } from '../../server/pipeline/numbered-lines.ts';
import { filesOf } from '../../server/runs/decide/artifacts/files-of.ts';
import { evolve, type RunProgress } from '../../server/runs/decide/progress.ts';
import { promptOf } from '../../server/runs/requests/prompt-of.ts';
import { fencedBlocks } from './fenced-blocks.ts';

/** Every attempt's prompt comes out of the log as it was sent, and has the form that providers take. */
export function checkPromptLaws(events: readonly DurableEvent[]): void {
  let progress: RunProgress | undefined;
  for (const event of events) {
    progress = evolve(progress, event);
    // The prompts of inherited attempts had the commands of their own run.
    if (event.type !== 'stage.started' || event.inheritedFrom !== undefined) continue;
    const at = `stage ${event.stage}, attempt ${event.attempt}`;
    const { exact, messages } = promptOf(progress, event.promptHash);
    assert.ok(exact, `the prompt of ${at} does not come out of the log as it was sent`);
    messages.forEach(({ role, text }, index) => {
      assert.equal(role, index % 2 === 0 ? 'user' : 'assistant', `the turns of ${at} do not alternate`);
      assert.notEqual(text.trim(), '', `a turn of ${at} is blank`);
    });
    assert.equal(messages.at(-1)?.role, 'user', `the prompt of ${at} does not end with the user`);
    // Behind the files, an unfinished one or one to be repaired may have numbers that the model has copied.
    const [files = ''] = (messages[0]?.text ?? '').split(/\n# (?:Unfinished file\n|Your role: )/, 1);
    const paths = fencedBlocks(files)
      .blocks.filter(({ content }) => content.startsWith('1| '))
      .map(({ info }) => info);
    assert.equal(new Set(paths).size, paths.length, `a file stands twice in the prompt of ${at}`);
  }
}

/** `runs.files {at}` of each attempt that has ended is what the prompt of the next attempt is made of, and holds. */
export async function checkFilesAt(
  events: readonly DurableEvent[],
  filesAt: (at: { readonly stage: number; readonly attempt: number }) => Promise<readonly RunFile[]>,
): Promise<void> {
  let progress: RunProgress | undefined;
  let ended: { readonly stage: number; readonly attempt: number } | undefined;
  for (const event of events) {
    progress = evolve(progress, event);
    if (isEnding(event)) ended = { stage: event.stage, attempt: event.attempt };
    if (event.type !== 'stage.started' || ended === undefined || event.inheritedFrom !== undefined) continue;
    const at = `after stage ${ended.stage}, attempt ${ended.attempt}`;
    const files = await filesAt(ended);
    assert.deepEqual(files, filesOf(progress), `${at}: the files are those of the next prompt`);
    if (event.role === 'poet') continue;
    const [first] = promptOf(progress, event.promptHash).messages;
    const isLeftOut = (path: string) => first?.text.includes(`\n${path}\n`) === true;
    for (const { path, text } of files) {
      // A half surrogate pair, where a text was cut off within one, is U+FFFD in a prompt.
      const block = fenced(numberedLines(text), `${languageOf(path)} ${path}`).toWellFormed();
      assert.ok(first?.text.includes(block) || isLeftOut(path), `${at}: ${path} stands in the next prompt`);
    }
  }
}
