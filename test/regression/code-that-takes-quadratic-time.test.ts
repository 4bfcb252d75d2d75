import { readFiles } from '@stagewire/shared/text/read-files';
import { describe, expect, test } from 'vitest';
import { leastCpuMs } from '../support/cpu-time.ts';

// Before a line of dots in Python, the line above was searched for a comment at its end: from each `#` again to a line
// separator (U+2028), which `.` does not match. 3.6 s for 100,000 characters.
const chars = 100_000;
const maxCpuMs = 1000;

const repeated = (unit: string) => unit.repeat(Math.ceil(chars / unit.length));
const below = '\n```ts\ncode\n```\n';

const texts: Readonly<Record<string, string>> = {
  'comment marks before a line of dots': `\`\`\`python a.py\n${repeated('# ')}\u2028x\n...\n\`\`\`\n`,
  'lines of comment marks before lines of dots': `\`\`\`python a.py\n${repeated(`${'#'.repeat(300)}\u2028x\n...\n`)}\`\`\`\n`,
  'line numbers behind a name': `\`a.ts${repeated(':1')}x\`:${below}`,
  'colons behind a name': `\`a.ts${repeated(':')}x\`:${below}`,
  'quotes that nothing closes': `${repeated('“ ')}\`a.ts\`:${below}`,
  'links that nothing closes': `${repeated('[a')}\`a.ts\`:${below}`,
  'dots in brackets': `\`\`\`ts a.ts\n{${repeated('.')}x}\n\`\`\`\n`,
  'dots in a comment': `\`\`\`ts a.ts\nx\n// ${repeated('... ')}x\ny\n\`\`\`\n`,
  'spaces behind a name': `\`a.ts\`${repeated(' ')}x:${below}`,
  'names in an info string': `\`\`\`ts ${repeated('path=')}\ncode\n\`\`\`\n`,
  'tags that nothing closes': `${repeated('<file path="a.ts" ')}\n`,
};

describe('a text with files is read in a time that grows as the text does', () => {
  test.each(Object.entries(texts))('%s', (_, text) => {
    const read = () => readFiles(text, { acceptElided: true, present: () => 'x\n' });
    expect(leastCpuMs(read, maxCpuMs), 'timing: CPU').toBeLessThan(maxCpuMs);
  });
});
