import { measureOvershoot } from '../support/measure-overshoot.ts';

// By how much a run exceeds its budget.

const maxTokens = 10_000;
const wires = ['chat', 'responses', 'messages'] as const;
const cases = [
  ['4 chars per token, as estimated', { charsPerToken: 4 }],
  ['4, at 200 tokens per second', { charsPerToken: 4, tokensPerSecond: 200, maxTokens: 1500 }],
  ['4, all of it hidden reasoning', { charsPerToken: 4, hiddenTokens: 1_000_000 }],
  ['5, long words', { charsPerToken: 5 }],
  ['3, dense code', { charsPerToken: 3 }],
  ['1.5, Chinese or Japanese', { charsPerToken: 1.5 }],
] as const;

console.log('| tokens | wire | budget | billed | overshoot | by the count of the server |');
console.log('| --- | --- | --- | --- | --- | --- |');
for (const [words, options] of cases) {
  for (const wire of wires) {
    const max = 'maxTokens' in options ? options.maxTokens : maxTokens;
    const { state, billed } = await measureOvershoot(wire, { ...options, limits: { maxTokens: max } });
    const overshoot = ((billed.tokens / max - 1) * 100).toFixed(1);
    const used = state.failure?.details?.used ?? '–';
    console.log(`| ${words} | ${wire} | ${max} | ${billed.tokens} | ${overshoot} % | ${used} |`);
  }
}
