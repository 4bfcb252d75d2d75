import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ProviderEvent } from '../../server/providers/provider.ts';
import { takeJoined } from '../../server/providers/take-joined.ts';

const usage: ProviderEvent = {
  type: 'usage',
  usage: { inputTokens: 1, outputTokens: 1, reasoningTokens: 0, source: 'partial' },
};

test('texts that follow each other are joined, others keep their places', () => {
  const events: ProviderEvent[] = [
    { type: 'reasoning', text: 'Let me ' },
    { type: 'reasoning', text: 'think.' },
    { type: 'text', text: 'Hel' },
    usage,
    { type: 'text', text: 'lo' },
    { type: 'text', text: '!' },
    { type: 'finish', finishReason: 'stop' },
  ];
  expect(takeJoined(events)).toEqual([
    { type: 'reasoning', text: 'Let me think.' },
    { type: 'text', text: 'Hel' },
    usage,
    { type: 'text', text: 'lo!' },
    { type: 'finish', finishReason: 'stop' },
  ]);
  expect(events).toEqual([]);
  expect(takeJoined(events)).toEqual([]);
});

test('nothing is lost, changed or out of order, and what is joined is no longer than 256 chars', () => {
  const kind = fc.constantFrom('text' as const, 'reasoning' as const);
  const event = fc.oneof(fc.record({ type: kind, text: fc.string({ maxLength: 300 }) }), fc.constant(usage));
  const charsOf = (events: readonly ProviderEvent[]) =>
    events.flatMap((it) =>
      'text' in it ? it.text.split('').map((char) => `${it.type} ${char}`) : ['usage'],
    );
  fc.assert(
    fc.property(fc.array(event, { maxLength: 30 }), (events) => {
      const before = charsOf(events);
      const longest = Math.max(256, ...events.map((it) => ('text' in it ? it.text.length : 0)));
      const taken = takeJoined(events);
      expect(charsOf(taken)).toEqual(before);
      for (const it of taken) if ('text' in it) expect(it.text.length).toBeLessThanOrEqual(longest);
    }),
  );
});
