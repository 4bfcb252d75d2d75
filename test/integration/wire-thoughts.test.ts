import { describe } from 'vitest';
import { chat, chunk, done } from '../support/wire-bodies.ts';
import type { WireCase, WireExpectation } from '../support/wire-case.ts';
import { testWireCases } from '../support/wire-tests.ts';

/** The text, one character in each chunk. */
const letters = (text: string, finish = 'stop') => ({
  body: `${Array.from(text, (content) => chunk({ content })).join('')}${chunk({}, finish)}${done}`,
});
const both = (name: string, text: string, right: WireExpectation): readonly WireCase[] => [
  { name, answer: { body: chat(text) }, right },
  { name: `${name}, letter by letter`, answer: letters(text), right },
];
const thought = { ends: 'completed', text: 'Hello', reasoning: 'Hm.' } as const;
const as = (text: string) => ({ ends: 'completed', text, reasoning: '' }) as const;
const unfinished = { ends: 'failed', code: 'OUTPUT_INVALID', reason: 'thought_unfinished' } as const;

const cases: readonly WireCase[] = [
  ...both('think', '<think>Hm.</think>Hello', thought),
  ...both('thinking', '<thinking>Hm.</thinking>Hello', thought),
  ...both('thought, as Gemma writes', '<thought>Hm.</thought>Hello', thought),
  ...both('reasoning', '<reasoning>Hm.</reasoning>Hello', thought),
  ...both('[THINK], as Magistral writes', '[THINK]Hm.[/THINK]Hello', thought),
  ...both('seed:think', '<seed:think>Hm.</seed:think>Hello', thought),
  ...both('white space before it', '\n\n<think>Hm.</think>Hello', thought),
  ...both('characters of two units in it', '<think>Hm 😀</think>Hello 😀', {
    ends: 'completed',
    text: 'Hello 😀',
    reasoning: 'Hm 😀',
  }),
  ...both('a smaller sign in it', '<think>a < b </thin k> c</think>Hello', {
    ends: 'completed',
    text: 'Hello',
    reasoning: 'a < b </thin k> c',
  }),
  ...both('never closed', '<think>Hm.', unfinished),
  ...both('a sign only', '<', as('<')),
  ...both('half a tag', '<thi', as('<thi')),
  ...both('a tag that only begins like it', '<thinker>x</thinker>', as('<thinker>x</thinker>')),
  ...both('a tag in the middle', 'Hello <think>x</think>', as('Hello <think>x</think>')),
  ...both('HTML first', '<html><body>x</body></html>', as('<html><body>x</body></html>')),
  ...both('only a closing tag', 'Hm.</think>Hello', as('Hm.</think>Hello')),
  {
    name: 'an empty thought, as Qwen writes',
    answer: letters('<think>\n\n</think>\n\nHello'),
    right: { ends: 'completed' },
  },
  {
    name: 'only a thought',
    answer: letters('<think>Hm.</think>'),
    right: { ends: 'failed', code: 'OUTPUT_INVALID', reason: 'empty' },
  },
  {
    name: 'only a thought, up to the limit',
    answer: letters('<think>Hm.', 'length'),
    right: {
      ends: 'failed',
      code: 'OUTPUT_INVALID',
      reason: ['output_limit', 'thought_unfinished'],
      retryable: false,
    },
  },
  {
    name: 'reasoning of the API and tags too',
    answer: {
      body: `${chunk({ reasoning_content: 'Hm.' })}${chunk({ content: '<think>So.</think>Hello' })}${chunk({}, 'stop')}${done}`,
    },
    right: { ends: 'completed', text: 'Hello' },
  },
  {
    name: 'only reasoning of the API',
    answer: { body: `${chunk({ reasoning_content: 'Hm.' })}${chunk({}, 'stop')}${done}` },
    right: { ends: 'failed', code: 'OUTPUT_INVALID', reason: 'empty', reasoning: 'Hm.' },
  },
  {
    name: 'cut at the byte',
    answer: { body: chat('<think>Grüße 😀</think>Hello'), pieces: 'bytes' },
    right: { ends: 'completed', text: 'Hello', reasoning: 'Grüße 😀' },
  },
];

describe('thoughts in tags', () => {
  testWireCases(cases);
});
