import { readFence, type FenceLine } from './fence-line.ts';
import { readInfo } from './info-string.ts';

/** The fence after words that end with a colon, ``Here it is: ```ts src/a.ts``; only if it names a file. */
export function readMidLineFence(
  text: string,
  line: { readonly lineStart: number; readonly next: number },
): FenceLine | undefined {
  const { lineStart, next } = line;
  const whole = text.slice(lineStart, next);
  const at = whole.indexOf('```');
  if (at < 1 || at > 400 || !/:\**[ \t]+$/.test(whole.slice(0, at))) return undefined;
  const fence = readFence(whole.slice(at));
  if (fence === undefined || readInfo(fence.info).name === undefined) return undefined;
  const start = lineStart + at;
  return {
    ...fence,
    lineStart: start,
    next,
    isInList: false,
    isMidLine: true,
    floor: start,
    before: 'colon',
    behind: 'text',
  };
}
