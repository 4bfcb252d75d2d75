import { expect, test } from 'vitest';
import { readFiles } from '@stagewire/shared/text/read-files';
import { settle } from '../support/engine.ts';
import { scene } from '../support/scene.ts';

// Every file found in a text is an event, and every such event looks through the files that a run has: a model talked
// into writing 20,000 empty files, 400 KB of text, stopped the server for 4 s, and then each of the run's followers.

const flood = Array.from({ length: 20_000 }, (_, index) => `\`\`\`js f${index}.js\n\`\`\`\n`).join('');

test('a text holds no more files than a run can carry', async () => {
  const at = await scene([], { pipeline: { roles: ['coder'] } });
  at.provider.call.answer(flood);
  await at.engine.clock.runTurns();
  const { status, files } = await settle(at.engine.clock, at.engine.state(at.runId));
  expect(status).toBe('completed');
  expect(files).toHaveLength(1000);
  expect(files[0]?.path).toBe('f0.js');
});

test('how many they are may be said, and a file that is written again counts once', () => {
  const paths = readFiles(`${flood}\`\`\`js f0.js\n\`\`\`\n`, { maxFiles: 3 }).files;
  expect(paths.map(({ path }) => path)).toEqual(['f1.js', 'f2.js', 'f0.js']);
});
