import { describe } from 'vitest';
import { chat, chatUsage, chunk, data, done } from '../support/wire-bodies.ts';
import type { WireCase } from '../support/wire-case.ts';
import { testWireCases } from '../support/wire-tests.ts';

type Sums = NonNullable<WireCase['right']['usage']>;
const told = (name: string, usage: unknown, sums: Sums, written = 0): WireCase => ({
  name,
  answer: { body: chatUsage(usage) },
  right: { ends: 'completed', usage: sums, written },
});
const odd = (name: string, usage: unknown): WireCase => ({
  name,
  answer: { body: chatUsage(usage) },
  right: { ends: 'completed', text: 'Hello' },
});

const vendors: readonly WireCase[] = [
  told(
    'DeepSeek: hits and misses of its cache',
    {
      prompt_tokens: 100,
      completion_tokens: 50,
      total_tokens: 150,
      prompt_cache_hit_tokens: 64,
      prompt_cache_miss_tokens: 36,
      completion_tokens_details: { reasoning_tokens: 20 },
    },
    [100, 50, 64, 20],
  ),
  told(
    'Moonshot: cached_tokens beside the sums',
    { prompt_tokens: 100, completion_tokens: 13, total_tokens: 113, cached_tokens: 64 },
    [100, 13, 64],
  ),
  {
    name: 'Moonshot: usage in the last choice (higress#1568)',
    answer: {
      body: `${chunk({ content: 'Hello' })}${data({ id: 'c', choices: [{ index: 0, delta: {}, finish_reason: 'stop', usage: { prompt_tokens: 10, completion_tokens: 79, total_tokens: 89 } }] })}${done}`,
    },
    right: { ends: 'completed', usage: [10, 79] },
  },
  {
    name: 'Groq: x_groq.usage and nothing else',
    answer: {
      body: `${chunk({ content: 'Hello' })}${chunk({}, 'stop', { x_groq: { id: 'req_1', usage: { queue_time: 0.01, prompt_tokens: 18, completion_tokens: 26, total_tokens: 44 } } })}${done}`,
    },
    right: { ends: 'completed', usage: [18, 26] },
  },
  told(
    'Gemini: thoughts only in the total',
    { prompt_tokens: 10, completion_tokens: 5, total_tokens: 115 },
    [10, 105, 0],
  ),
  told(
    'Vertex: thoughts beside the output',
    {
      prompt_tokens: 5,
      completion_tokens: 10,
      total_tokens: 105,
      completion_tokens_details: { reasoning_tokens: 90 },
      extra_properties: { google: { traffic_type: 'ON_DEMAND' } },
    },
    [5, 100, 0, 90],
  ),
  told(
    'xAI: cached input and reasoning beside output',
    {
      prompt_tokens: 200,
      completion_tokens: 3,
      total_tokens: 503,
      prompt_tokens_details: { text_tokens: 200, cached_tokens: 150 },
      completion_tokens_details: { reasoning_tokens: 300 },
      num_sources_used: 0,
    },
    [200, 303, 150, 300],
  ),
  told(
    'Portkey to Anthropic: the total counts the cache, the prompt does not',
    {
      prompt_tokens: 3,
      completion_tokens: 10,
      total_tokens: 1013,
      cache_read_input_tokens: 1000,
      cache_creation_input_tokens: 0,
      prompt_tokens_details: { cached_tokens: 1000 },
    },
    [1003, 10, 1000],
  ),
  told(
    'a gateway to Anthropic: written to the cache, counted in the total only',
    {
      prompt_tokens: 3,
      completion_tokens: 10,
      total_tokens: 2013,
      cache_read_input_tokens: 0,
      cache_creation_input_tokens: 2000,
    },
    [2003, 10, 0],
    2000,
  ),
  told(
    'LiteLLM to Anthropic: the prompt counts the cache',
    {
      prompt_tokens: 1003,
      completion_tokens: 10,
      total_tokens: 1013,
      cache_read_input_tokens: 1000,
      cache_creation_input_tokens: 0,
      prompt_tokens_details: { cached_tokens: 1000 },
    },
    [1003, 10, 1000],
  ),
  told(
    'a gateway to Anthropic: written to the cache, counted nowhere else',
    {
      prompt_tokens: 3,
      completion_tokens: 10,
      total_tokens: 13,
      cache_read_input_tokens: 0,
      cache_creation_input_tokens: 2000,
    },
    [2003, 10, 0],
    2000,
  ),
  told(
    'a gateway to Anthropic: read from and written to the cache, counted in the total only',
    {
      prompt_tokens: 3,
      completion_tokens: 10,
      total_tokens: 3013,
      cache_read_input_tokens: 1000,
      cache_creation_input_tokens: 2000,
    },
    [3003, 10, 1000],
    2000,
  ),
  told(
    'OpenRouter: cost and cache writes',
    {
      prompt_tokens: 300,
      completion_tokens: 20,
      total_tokens: 320,
      cost: 0.0012,
      is_byok: false,
      prompt_tokens_details: { cached_tokens: 200, cache_write_tokens: 50, audio_tokens: 0 },
      cost_details: { upstream_inference_cost: null },
      completion_tokens_details: { reasoning_tokens: 0, image_tokens: 0 },
    },
    [300, 20, 200],
    50,
  ),
  {
    name: 'vLLM: usage in every chunk, each the sum so far',
    answer: {
      body: `${chunk({ content: 'Hel' }, null, { usage: { prompt_tokens: 9, completion_tokens: 1, total_tokens: 10 } })}${chunk({ content: 'lo' }, null, { usage: { prompt_tokens: 9, completion_tokens: 2, total_tokens: 11 } })}${chunk({}, 'stop', { usage: { prompt_tokens: 9, completion_tokens: 3, total_tokens: 12 } })}${done}`,
    },
    right: { ends: 'completed', usage: [9, 3] },
  },
  told(
    'the names of Responses',
    {
      input_tokens: 12,
      output_tokens: 7,
      total_tokens: 19,
      input_tokens_details: { cached_tokens: 4 },
      output_tokens_details: { reasoning_tokens: 2 },
    },
    [12, 7, 4, 2],
  ),
  told(
    'Perplexity: searches and citations',
    {
      prompt_tokens: 8,
      completion_tokens: 60,
      total_tokens: 68,
      citation_tokens: 5000,
      num_search_queries: 3,
      search_context_size: 'low',
    },
    [8, 60],
  ),
  told(
    'SGLang: reasoning_tokens beside the sums',
    {
      prompt_tokens: 20,
      completion_tokens: 40,
      total_tokens: 60,
      reasoning_tokens: 30,
      prompt_tokens_details: null,
    },
    [20, 40, 0, 30],
  ),
  told(
    'Cohere: tokens as decimal numbers',
    { prompt_tokens: 12.0, completion_tokens: 7.0, total_tokens: 19.0 },
    [12, 7],
  ),
  told(
    'a total smaller than its parts',
    { prompt_tokens: 8, completion_tokens: 7, total_tokens: 10 },
    [8, 7],
  ),
  told(
    'details that are null',
    {
      prompt_tokens: 8,
      completion_tokens: 7,
      total_tokens: 15,
      prompt_tokens_details: null,
      completion_tokens_details: null,
    },
    [8, 7],
  ),
  told('numbers as words', { prompt_tokens: '12', completion_tokens: '7', total_tokens: '19' }, [12, 7]),
  {
    name: 'LM Studio: 0 and 0 is no usage',
    answer: { body: chatUsage({ prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 }) },
    right: { ends: 'completed', source: 'estimated' },
  },
  {
    name: 'llama.cpp: timings, but no usage',
    answer: {
      body: chat('Hello', 'stop', { timings: { prompt_n: 15, predicted_n: 8, predicted_per_second: 40.2 } }),
    },
    right: { ends: 'completed', text: 'Hello' },
  },
  odd('a fraction', { prompt_tokens: 12.5, completion_tokens: 7.2, total_tokens: 19.7 }),
  odd('below nothing', { prompt_tokens: -1, completion_tokens: -1, total_tokens: -2 }),
  odd('beyond every number', { prompt_tokens: 1e300, completion_tokens: 1e300, total_tokens: 1e300 }),
  odd('a list', [1, 2]),
  odd('a word', 'many'),
  odd('true', true),
];

describe('usage of many vendors', () => {
  testWireCases(vendors);
});
