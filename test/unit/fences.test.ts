import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { fenced, findFences } from '@stagewire/shared/text/fences';

const line = fc.oneof(
  fc.string(),
  fc.constantFrom('```', '````', '~~~', '~~~~~', '   ```', '```ts a.ts', '    ```', '', '```\r'),
);

test('what is fenced comes back as the one block it was, whatever fences it holds', () => {
  fc.assert(
    fc.property(fc.array(line), fc.constantFrom('', 'ts a.ts', 'md odd`name.md'), (lines, info) => {
      const text = lines.join('\n');
      const whole = fenced(text, info);
      const [fence, ...others] = findFences(whole);
      expect(others).toEqual([]);
      expect(fence).toMatchObject({ info, isClosed: true });
      const content = whole.slice(fence?.start, fence?.end);
      expect(content === text || content === `${text}\n`).toBe(true);
    }),
  );
});

test('blocks are told in order, without overlap, and only the last may be open', () => {
  fc.assert(
    fc.property(fc.array(line), (lines) => {
      const text = lines.join('\n');
      let from = 0;
      const fences = findFences(text);
      fences.forEach(({ start, end, isClosed }, index) => {
        expect(start).toBeGreaterThanOrEqual(from);
        expect(end).toBeGreaterThanOrEqual(start);
        expect(end).toBeLessThanOrEqual(text.length);
        expect(isClosed || index === fences.length - 1).toBe(true);
        from = end;
      });
    }),
  );
});
