import { expect, test } from 'vitest';
import { answerOf } from '../../server/runs/answer-of.ts';

test.each([
  { title: 'a text without tags is the answer', text: 'Notes.\n', answer: 'Notes.\n' },
  { title: 'what stands before a lone closing tag is none', text: 'Hm.\n</think>\n\nYes.', answer: '\nYes.' },
  { title: 'at the end of a line too', text: 'Hm. No.</thinking>  \nYes.', answer: 'Yes.' },
  { title: 'in other spellings', text: 'Hm.\n[/THINK]\nYes.', answer: 'Yes.' },
  {
    title: 'a tag in a sentence is spoken of',
    text: 'It ends with </think> always.\n',
    answer: 'It ends with </think> always.\n',
  },
  {
    title: 'a tag behind an opening one is text',
    text: 'The tags <think>\n</think>\nare cut.',
    answer: 'The tags <think>\n</think>\nare cut.',
  },
  { title: 'nothing behind it is no answer', text: 'Hm.\n</think>', answer: '' },
])('$title', ({ text, answer }) => {
  expect(answerOf(text)).toBe(answer);
});
