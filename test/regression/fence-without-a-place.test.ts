import { expect, test } from 'vitest';
import { readFiles } from '@stagewire/shared/text/read-files';

// A fence that fits into none of the ways in which the lines above it can be read left no way at all, and that was an
// error: the run failed with INTERNAL. Found by `npm run fuzz -- model-texts`.
test.each(['```\n~~~\n~~~\n~~~\n\n~~~\n~\n```title=".s"', '~~~\n```\n```\n```\n```\n```\n```\n`\n~~~d R'])(
  'a text whose fences nobody can read is read all the same: %j',
  (text) => {
    const { files, notes } = readFiles(text);
    expect(files).toEqual([]);
    expect(notes.length).toBeLessThanOrEqual(text.length);
  },
);
