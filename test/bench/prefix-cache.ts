import { askedBlocks, type AskedBlock } from '../support/asked-blocks.ts';
import type { SeenRequest } from '../support/provider-server.ts';

/** What of a request a provider's cache can serve, computed from the bytes that were received and from nothing else. */
export interface PrefixCache {
  /** Remembers a request. In characters. */
  add(request: Pick<SeenRequest, 'wire' | 'body'>): CachedShare;
}

export interface CachedShare {
  /** System and messages, without the frame around them. */
  readonly sentChars: number;
  /** The longest beginning that an earlier request had too, whatever it was marked with. */
  readonly repeatedChars: number;
  /**
   * What the cache serves: on the Messages API up to the last `cache_control` block that equals an earlier request's; on
   * the others, which need no marks, the longest equal beginning.
   */
  readonly cachedChars: number;
}

export function createPrefixCache(): PrefixCache {
  const whole: string[] = [];
  const marked = new Set<string>();
  return {
    add({ wire, body }) {
      const blocks = askedBlocks(body);
      const text = blocks.map((block) => block.text).join('');
      const repeatedChars = Math.max(0, ...whole.map((earlier) => equalChars(earlier, text)));
      const ends = markedBeginnings(blocks);
      const served = ends.filter((beginning) => marked.has(beginning)).map(({ length }) => length);
      const cachedChars = wire === 'messages' ? Math.max(0, ...served) : repeatedChars;
      whole.push(text);
      for (const beginning of ends) marked.add(beginning);
      return { sentChars: text.length, repeatedChars, cachedChars };
    },
  };
}

function markedBeginnings(blocks: readonly AskedBlock[]): string[] {
  let text = '';
  return blocks.flatMap((block) => {
    text += block.text;
    return block.marked ? [text] : [];
  });
}

function equalChars(one: string, other: string): number {
  let low = 0;
  let high = Math.min(one.length, other.length);
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (one.slice(0, middle) === other.slice(0, middle)) low = middle;
    else high = middle - 1;
  }
  return low;
}
