import { isRecord } from './error-body.ts';

/** Limits of a model in tokens: of prompt and answer together, and of an answer. */
export interface ModelLimits {
  readonly contextTokens?: number;
  readonly outputTokens?: number;
}

/** The limits that a provider has reported for its models, in lists and in errors. */
export interface ModelLimitsCache {
  /** By a model's id. An id without a date also finds the dated version. */
  of(model: string): ModelLimits | undefined;
  /** Adds limits. Those from errors override those from lists, which may be wrong. */
  update(model: string, limits: ModelLimits, source: 'list' | 'error'): void;
}

const MAX_MODELS = 10_000;

export function createModelLimitsCache(): ModelLimitsCache {
  const listed = new Map<string, ModelLimits>();
  const refused = new Map<string, ModelLimits>();
  return {
    of(model) {
      const found = { ...(listed.get(model) ?? dated(model)), ...refused.get(model) };
      return found.contextTokens === undefined && found.outputTokens === undefined ? undefined : found;
    },
    update(model, limits, source) {
      const known = source === 'list' ? listed : refused;
      const oldest = known.keys().next();
      if (known.size >= MAX_MODELS && !known.has(model) && oldest.done !== true) known.delete(oldest.value);
      known.set(model, { ...known.get(model), ...limits });
    },
  };

  function dated(model: string): ModelLimits | undefined {
    const name = model.replace(/-latest$/, '');
    for (const [id, limits] of listed) {
      if (id.startsWith(`${name}-`) && /^-\d{8}$/.test(id.slice(name.length))) return limits;
    }
    return undefined;
  }
}

/** The limits in an entry of a model list, in the spellings of OpenRouter, vLLM, Anthropic, Groq and others. */
export function limitsOfEntry(entry: Readonly<Record<string, unknown>>): ModelLimits {
  const top = isRecord(entry['top_provider']) ? entry['top_provider'] : {};
  const meta = isRecord(entry['meta']) ? entry['meta'] : {};
  const limits = isRecord(entry['limits']) ? entry['limits'] : {};
  const contextTokens = firstCount(
    top['context_length'],
    entry['context_length'],
    entry['context_window'],
    entry['max_model_len'],
    entry['max_context_length'],
    entry['loaded_context_length'],
    entry['max_input_tokens'],
    entry['max_context_window_tokens'],
    entry['inputTokenLimit'],
    limits['max_context_window_tokens'],
    limits['max_input_tokens'],
    meta['n_ctx_train'],
  );
  const outputTokens = firstCount(
    top['max_completion_tokens'],
    entry['max_completion_tokens'],
    entry['max_output_tokens'],
    entry['max_output_length'],
    entry['outputTokenLimit'],
    entry['max_tokens'],
    limits['max_output_tokens'],
  );
  return {
    ...(contextTokens === undefined ? {} : { contextTokens }),
    ...(outputTokens === undefined ? {} : { outputTokens }),
  };
}

function firstCount(...values: readonly unknown[]): number | undefined {
  return values.find(
    (value): value is number => typeof value === 'number' && Number.isSafeInteger(value) && value > 0,
  );
}

/** The limits that an error names. */
export interface ReportedLimits {
  /** Maximum tokens of an answer of this model. */
  readonly outputTokens?: number;
  readonly contextTokens?: number;
  /** Tokens in the prompt of the rejected request. */
  readonly inputTokens?: number;
}

const NUMBER = String.raw`(\d[\d,_]{0,12})`;
const OUTPUT: readonly RegExp[] = [
  // Anthropic: max_tokens: 32000 > 8192, which is the maximum allowed number of output tokens for ...
  new RegExp(`max_?(?:output_|completion_)?tokens\\W{1,4}\\d[\\d,_]* > ${NUMBER}`, 'i'),
  // OpenAI: max_tokens is too large: 32000. This model supports at most 16384 completion tokens
  new RegExp(`at most ${NUMBER} (?:completion|output|new|generated)? ?tokens`, 'i'),
  // "maximum allowed number of output tokens is 8192", "max output tokens limit of 8192"
  new RegExp(`(?:output|completion) tokens?[^.\\d]{0,40}(?:is|of|:|limit|<=|to)\\D{0,12}${NUMBER}`, 'i'),
  // Groq: `max_tokens` must be less than or equal to `8192`; vLLM, Mistral, DashScope: range should be [1, 8192]
  new RegExp(
    `max_?(?:output_|completion_|new_)?tokens[^.\\d]{0,60}(?:less than or equal to|less than|<=|at most|not exceed|cannot exceed|not be greater than|no more than|up to|maximum (?:is|of|value))\\D{0,8}${NUMBER}`,
    'i',
  ),
  new RegExp(
    `max_?(?:output_|completion_|new_)?tokens[^.\\d]{0,40}\\[\\s*[01]\\s*,\\s*${NUMBER}\\s*\\]`,
    'i',
  ),
  new RegExp(
    `max_?(?:output_|completion_|new_)?tokens[^.]{0,60}(?:supported )?range[^.\\d]{0,20}[01] ?(?:to|-|\\.\\.) ?${NUMBER}`,
    'i',
  ),
];
/** Matched first: they also contain words that describe a context window. */
const SURELY_OUTPUT: readonly RegExp[] = [
  // Bedrock
  new RegExp(`maximum tokens (?:that )?you requested exceeds? the model limit of ${NUMBER}`, 'i'),
];
// Vertex: a maxOutputTokens value of 100000 but the supported range is from 1 (inclusive) to 65537 (exclusive)
const OUTPUT_BELOW = new RegExp(
  `max_?(?:output_?)?tokens[^.]{0,60}range[^.\\d]{0,20}[01] \\(inclusive\\) to ${NUMBER} \\(exclusive\\)`,
  'i',
);
const SUM: readonly RegExp[] = [
  // Anthropic: exceed context limit: 180000 + 32000 > 200000
  new RegExp(`${NUMBER} \\+ (?:\`?\\w+\`? ?=? ?)?\\d[\\d,_]* (?:>|exceeds?) ${NUMBER}`, 'i'),
];
const CONTEXT: readonly RegExp[] = [
  new RegExp(
    `(?:maximum |max )?(?:context|model|prompt)[- ](?:length|window|size|limit)(?: of| is| limit is)?\\D{0,24}${NUMBER}`,
    'i',
  ),
  new RegExp(`maximum (?:context length|number of (?:input )?tokens)[^.\\d]{0,40}${NUMBER}`, 'i'),
  new RegExp(`tokens > ${NUMBER} maximum`, 'i'),
  new RegExp(`(?:cannot exceed|must be <=) ${NUMBER}`, 'i'),
];
const INPUT: readonly RegExp[] = [
  new RegExp(`\\(${NUMBER} (?:tokens )?(?:in|of) (?:the |your )?(?:messages|prompt|input|text input)`, 'i'),
  new RegExp(`${NUMBER} (?:in the messages|input tokens|of text input|(?:tokens )?from the input)`, 'i'),
  new RegExp(`given:? ${NUMBER} .?inputs.? tokens`, 'i'),
  new RegExp(
    `(?:prompt|input|messages)(?: contains?| has| have| resulted in| is)(?: at least)? ${NUMBER} (?:input )?tokens`,
    'i',
  ),
];

/** Reads the limits that an error names, if any. */
export function limitsInError(text: string): ReportedLimits {
  const sum = SUM.map((pattern) => pattern.exec(text)).find((match) => match !== null);
  if (sum) return { inputTokens: countIn(sum[1]), contextTokens: countIn(sum[2]) };
  const below = OUTPUT_BELOW.exec(text)?.[1];
  const surely = below === undefined ? firstIn(SURELY_OUTPUT, text) : countIn(below) - 1;
  if (surely !== undefined) return { outputTokens: surely };
  const contextTokens = firstIn(CONTEXT, text);
  const inputTokens = firstIn(INPUT, text);
  const outputTokens = firstIn(OUTPUT, text);
  return {
    ...(contextTokens === undefined ? {} : { contextTokens }),
    ...(inputTokens === undefined ? {} : { inputTokens }),
    ...(outputTokens === undefined || contextTokens !== undefined ? {} : { outputTokens }),
  };
}

function firstIn(patterns: readonly RegExp[], text: string): number | undefined {
  const found = patterns.map((pattern) => pattern.exec(text)?.[1]).find((digits) => digits !== undefined);
  return found === undefined ? undefined : countIn(found);
}

function countIn(digits: string | undefined): number {
  return Number((digits ?? '').replaceAll(/[,_]/g, ''));
}
