import assert from 'node:assert/strict';
import type { DurableEvent } from '@stagewire/shared';
import { evolve, type RunProgress } from '../../server/runs/progress.ts';
import { promptOf } from '../../server/runs/prompt-of.ts';
import { fencedBlocks } from './fenced-blocks.ts';

/** Every attempt's prompt comes out of the log as it was sent, and has the form that providers take. */
export function checkPromptLaws(events: readonly DurableEvent[]): void {
  let progress: RunProgress | undefined;
  for (const event of events) {
    progress = evolve(progress, event);
    if (event.type !== 'stage.started' || progress === undefined) continue;
    const at = `stage ${event.stage}, attempt ${event.attempt}`;
    const { exact, messages } = promptOf(progress, event.promptHash);
    assert.ok(exact, `the prompt of ${at} does not come out of the log as it was sent`);
    messages.forEach(({ role, text }, index) => {
      assert.equal(role, index % 2 === 0 ? 'user' : 'assistant', `the turns of ${at} do not alternate`);
      assert.notEqual(text.trim(), '', `a turn of ${at} is blank`);
    });
    assert.equal(messages.at(-1)?.role, 'user', `the prompt of ${at} does not end with the user`);
    const paths = fencedBlocks(messages[0]?.text ?? '')
      .blocks.filter(({ content }) => content.startsWith('1| '))
      .map(({ info }) => info);
    assert.equal(new Set(paths).size, paths.length, `a file stands twice in the prompt of ${at}`);
  }
}
