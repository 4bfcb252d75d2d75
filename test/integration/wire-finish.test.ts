import { describe } from 'vitest';
import { chat, chunk, data, done, named } from '../support/wire-bodies.ts';
import type { WireCase } from '../support/wire-case.ts';
import { testWireCases } from '../support/wire-tests.ts';

const hello = (finish: unknown): WireCase['answer'] => ({ body: chat('Hello', finish) });
const stopped = { ends: 'completed', text: 'Hello', finish: 'stop' } as const;
const cut = { ends: 'cut', text: 'Hello' } as const;
const truncated = { ends: 'failed', code: 'PROVIDER_TRUNCATED', retryable: true } as const;
const filtered = { ends: 'failed', code: 'PROVIDER_REFUSED', retryable: false, calls: 1 } as const;
const nothing = (finish: string): WireCase['answer'] => ({
  body: `${chunk({ role: 'assistant' })}${chunk({}, finish)}${done}`,
});

const reasons: readonly WireCase[] = [
  { name: 'end_turn, of a gateway to Anthropic', answer: hello('end_turn'), right: stopped },
  { name: 'eos, as Together says', answer: hello('eos'), right: { ends: 'completed', text: 'Hello' } },
  { name: 'STOP, as Gemini says', answer: hello('STOP'), right: stopped },
  { name: 'model_length, as Mistral says', answer: hello('model_length'), right: cut },
  { name: 'max_output_tokens, of a gateway to Responses', answer: hello('max_output_tokens'), right: cut },
  { name: 'LENGTH in capitals', answer: hello('LENGTH'), right: cut },
  {
    name: 'error, as Mistral and OpenRouter say, without a word',
    answer: hello('error'),
    right: { ends: 'failed', code: 'PROVIDER_UNAVAILABLE', retryable: true },
  },
  {
    name: 'insufficient_system_resource, as DeepSeek documents: interrupted for want of resources',
    answer: hello('insufficient_system_resource'),
    right: { ends: 'failed', code: 'PROVIDER_UNAVAILABLE', retryable: true },
  },
  { name: 'SAFETY without text (HKUDS/Vibe-Trading#308)', answer: nothing('SAFETY'), right: filtered },
  {
    name: 'PROHIBITED_CONTENT without text (hermes-agent#53610)',
    answer: nothing('PROHIBITED_CONTENT'),
    right: filtered,
  },
  { name: 'RECITATION without text', answer: nothing('RECITATION'), right: filtered },
  {
    name: 'content_filter: SPII, of Gemini’s compatible endpoint',
    answer: nothing('content_filter: SPII'),
    right: filtered,
  },
  { name: 'BLOCKLIST without text', answer: nothing('BLOCKLIST'), right: filtered },
  { name: 'sensitive, as Zhipu says, without text', answer: nothing('sensitive'), right: filtered },
  {
    name: 'guardrail_intervened, as Bedrock says, without text',
    answer: nothing('guardrail_intervened'),
    right: filtered,
  },
  {
    name: 'MALFORMED_FUNCTION_CALL without text',
    answer: nothing('MALFORMED_FUNCTION_CALL'),
    right: { ends: 'failed', code: 'OUTPUT_INVALID', reason: 'tool_call' },
  },
  {
    name: 'function_call_filter: MALFORMED_FUNCTION_CALL without text',
    answer: nothing('function_call_filter: MALFORMED_FUNCTION_CALL'),
    right: { ends: 'failed', code: 'OUTPUT_INVALID', reason: 'tool_call' },
  },
  {
    name: 'function_call of the API before tools',
    answer: {
      body: `${chunk({ function_call: { name: 'write', arguments: '{}' } })}${chunk({}, 'function_call')}${done}`,
    },
    right: { ends: 'failed', code: 'OUTPUT_INVALID', reason: 'tool_call', says: /tool|function/i },
  },
  {
    name: 'tool_calls told as stop, in a list',
    answer: {
      body: `${chunk({ tool_calls: [{ index: 0, id: 't', type: 'function', function: { name: 'ls', arguments: '' } }] })}${chunk({}, 'stop')}${done}`,
    },
    right: { ends: 'failed', code: 'OUTPUT_INVALID', reason: 'tool_call' },
  },
];

const ends: readonly WireCase[] = [
  {
    name: 'data:[DONE] without a space',
    answer: { body: `${chunk({ content: 'Hello' })}data:[DONE]\n\n` },
    right: { ends: 'completed', text: 'Hello', finish: 'other' },
  },
  {
    name: '[DONE] without a line end',
    answer: { body: `${chunk({ content: 'Hello' })}data: [DONE]` },
    right: { ends: 'completed', text: 'Hello' },
  },
  {
    name: '[DONE] byte by byte',
    answer: { body: `${chunk({ content: 'Hello' })}${done}`, pieces: 'bytes' },
    right: { ends: 'completed', text: 'Hello' },
  },
  {
    name: '[DONE] in an event of its own name',
    answer: { body: `${chunk({ content: 'Hello' })}event: done\n${done}` },
    right: { ends: 'completed', text: 'Hello' },
  },
  {
    name: '[DONE] behind an id and a retry',
    answer: { body: `${chunk({ content: 'Hello' })}id: 7\nretry: 3000\n${done}` },
    right: { ends: 'completed', text: 'Hello' },
  },
  {
    name: '[DONE] inside the text is text',
    answer: { body: chunk({ content: 'data: [DONE]\n\n' }) },
    right: { ...truncated, text: 'data: [DONE]\n\n' },
  },
  {
    name: 'a finish reason, then cut off',
    answer: { body: `${chunk({ content: 'Hello' })}${chunk({}, 'stop')}`, drop: true },
    right: stopped,
  },
  {
    name: 'the text behind the finish reason',
    answer: { body: `${chunk({}, 'stop')}${chunk({ content: 'Hello' })}${done}` },
    right: { ends: 'completed', text: 'Hello' },
  },
  {
    name: 'an empty finish reason in every chunk, then cut off',
    answer: { body: chunk({ content: 'Hello' }, '') },
    right: truncated,
  },
  {
    name: 'an empty finish reason in every chunk, then stop',
    answer: {
      body: `${chunk({ content: 'Hel' }, '')}${chunk({ content: 'lo' }, '')}${chunk({}, 'stop')}${done}`,
    },
    right: stopped,
  },
  {
    name: 'the word null as finish reason, then cut off',
    answer: { body: chunk({ content: 'Hello' }, 'null') },
    right: truncated,
  },
  {
    name: 'usage, then cut off',
    answer: {
      body: `${chunk({ content: 'Hello' })}${data({ choices: [], usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 } })}`,
    },
    right: truncated,
  },
  {
    name: '[DONE] and nothing else',
    answer: { body: done },
    right: { ends: 'failed', code: 'OUTPUT_INVALID', reason: 'empty' },
  },
  { name: 'an empty body', answer: { body: '' }, right: { ends: 'failed', retryable: true } },
  {
    name: 'the finish reason in mid-stream twice',
    answer: { body: `${chunk({ content: 'Hello' }, 'stop')}${chunk({}, 'stop')}${done}${done}` },
    right: stopped,
  },
  {
    name: 'a socket that dies in the middle of an event',
    answer: { body: `${chunk({ content: 'Hello' })}data: {"choi`, drop: true },
    right: { ends: 'failed', retryable: true, text: 'Hello' },
  },
  {
    name: 'event: error of another name behind the end',
    answer: { body: `${chat('Hello')}${named({ type: 'ping' })}` },
    right: stopped,
  },
];

describe('finish reasons', () => {
  testWireCases([...reasons, ...ends]);
});
