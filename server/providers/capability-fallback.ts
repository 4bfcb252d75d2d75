import { isTooLong, isUnknownModel } from './error-kind.ts';
import { namedOptions, type RequestOption } from './request-options.ts';
import { limitsInError, type LimitsMemory } from './model-limits.ts';

/** How a model is asked for JSON. `plain`: by words alone. */
export type JsonForm = 'json_schema' | 'json_object' | 'plain';

/** What may be left out of a request, or asked for less, when its endpoint does not take it. */
export interface RequestShape {
  /** `undefined`: free text. */
  readonly json: JsonForm | undefined;
  /** Whether the model's reasoning is asked for. */
  readonly reasoning: boolean;
  /** What must not be in the request. */
  readonly without: ReadonlySet<RequestOption>;
  /** Tokens that the answer may take; `undefined`: nothing is said about it. */
  readonly maxOutputTokens: number | undefined;
}

/** What is asked, as far as the ladder must know it. */
export interface AskedRequest {
  readonly model: string;
  readonly json: boolean;
  readonly maxOutputTokens?: number | undefined;
  /** Characters of the prompt. */
  readonly inputChars?: number;
}

export interface CapabilityFallback {
  /**
   * Sends the fullest request that this model is not known to refuse; on a refusal that may be due to its shape,
   * one without what the error names, else the next lower form of JSON, and so on down, at most eight requests. What
   * was taken is remembered, so that the next call begins there.
   *
   * @throws whatever `send` threw last, when nothing lower is left or the shape is not to blame.
   */
  send<T>(asked: AskedRequest, send: (shape: RequestShape) => Promise<T>): Promise<T>;
}

export interface CapabilityFallbackOptions {
  /** The forms this API has, the strictest first. */
  readonly forms: readonly JsonForm[];
  /** Whether the requests of this API ask for reasoning at all. */
  readonly reasoning: boolean;
  /** What else the requests of this API have that an endpoint may refuse. @default nothing */
  readonly options?: readonly RequestOption[];
  /** Told what errors say of limits. @default nobody */
  readonly limits?: LimitsMemory;
}

/** Models that one instance remembers: an endpoint that takes any name must not fill the memory. */
const MAX_MODELS = 1_000;
const MAX_REQUESTS = 8;
/** Room for an answer below which a prompt counts as too long. */
const MIN_OUTPUT_TOKENS = 256;

/** What was learnt of a model. */
interface Learned {
  readonly form: JsonForm | undefined;
  readonly reasoning: boolean;
  readonly without: ReadonlySet<RequestOption>;
  /** Prompt and answer together, and how many tokens a character of a prompt was. */
  readonly sum?: { readonly contextTokens: number; readonly tokensPerChar: number };
  readonly outputTokens?: number;
  /** Answers 500 to a form that it may not take: only when it has happened twice is it taken for a refusal. */
  readonly doubted: boolean;
}

interface Fallback {
  readonly shape: RequestShape;
  readonly learned: Learned;
  /** The error does not say that the shape is to blame. */
  readonly guessed?: boolean;
}

export function createCapabilityFallback(options: CapabilityFallbackOptions): CapabilityFallback {
  const { forms, reasoning } = options;
  const known = new Map<string, Learned>();
  const top: Learned = { form: forms[0], reasoning, without: new Set(), doubted: false };

  return {
    async send(asked, send) {
      const before = known.get(asked.model) ?? top;
      let step: Fallback = { shape: shapeOf(asked, before), learned: before };
      let doubted = false;
      for (let requests = 1; ; requests += 1) {
        try {
          const taken = await send(step.shape);
          const learned = { ...step.learned, doubted };
          const believed = !doubted || before.doubted ? learned : { ...learned, form: before.form };
          if (believed !== top && !isSame(believed, before)) remember(asked.model, believed);
          return taken;
        } catch (error) {
          const lower = requests < MAX_REQUESTS ? lowered(step, error, { asked, options }) : undefined;
          if (lower === undefined) throw error;
          doubted ||= lower.guessed === true;
          step = lower;
        }
      }
    },
  };

  function remember(model: string, learned: Learned): void {
    const oldest = known.keys().next();
    if (known.size >= MAX_MODELS && !known.has(model) && oldest.done !== true) known.delete(oldest.value);
    known.set(model, learned);
  }
}

function shapeOf(asked: AskedRequest, learned: Learned): RequestShape {
  const limit = Math.min(
    asked.maxOutputTokens ?? Infinity,
    learned.outputTokens ?? Infinity,
    fitting(asked, learned.sum) ?? Infinity,
  );
  return {
    // A call without JSON says nothing about the model's forms.
    json: asked.json ? learned.form : undefined,
    reasoning: learned.reasoning,
    without: learned.without,
    maxOutputTokens: Number.isFinite(limit) ? limit : undefined,
  };
}

/** What is left for the answer to this prompt; `undefined` if too little, or if nothing is known. */
function fitting({ inputChars = 0 }: AskedRequest, sum: Learned['sum']): number | undefined {
  if (sum === undefined) return undefined;
  const left = sum.contextTokens - Math.ceil(inputChars * sum.tokensPerChar * 1.02);
  return left < MIN_OUTPUT_TOKENS ? undefined : left;
}

interface Refused {
  readonly asked: AskedRequest;
  readonly options: CapabilityFallbackOptions;
}

function lowered(step: Fallback, error: unknown, { asked, options }: Refused): Fallback | undefined {
  if (!(error instanceof Error) || !('status' in error)) return undefined;
  const { status } = error;
  const text = 'text' in error && typeof error.text === 'string' ? error.text.slice(0, 8_192) : error.message;
  const badRequest = status === 400 || status === 413 || status === 422;
  if (badRequest) {
    const limited = withinLimits(step, text, { asked, options });
    if (limited !== undefined) return limited;
  }
  if (isTooLong(text) || isUnknownModel(text)) return undefined;
  if (badRequest || status === 500) {
    const less = withoutNamed(step, text, options);
    if (less !== undefined) return less;
  }
  // OpenRouter's answer when no upstream takes every parameter, as `require_parameters` demands.
  const noUpstream = status === 404 && /no endpoints found/i.test(text);
  if (status === 400 || status === 422 || noUpstream) return withLowerForm(step, options.forms);
  const aboutForms = /schema|grammar|format|structured/i.test(text);
  if (status !== 500 || (step.shape.json !== 'json_schema' && !aboutForms)) return undefined;
  const lower = withLowerForm(step, options.forms);
  return lower === undefined ? undefined : { ...lower, guessed: !aboutForms };
}

/** A limit that the error names: the model's own, or what its window has left beside this prompt. */
function withinLimits(
  { shape, learned }: Fallback,
  text: string,
  { asked, options }: Refused,
): Fallback | undefined {
  const { outputTokens, contextTokens, inputTokens } = limitsInError(text);
  const { model, inputChars = 0 } = asked;
  const now = shape.maxOutputTokens ?? Infinity;
  if (outputTokens !== undefined && outputTokens > 0 && shape.maxOutputTokens !== undefined) {
    options.limits?.note(model, { outputTokens }, 'error');
    if (outputTokens >= now) return undefined;
    return { shape: { ...shape, maxOutputTokens: outputTokens }, learned: { ...learned, outputTokens } };
  }
  if (contextTokens === undefined || contextTokens === 0) return undefined;
  options.limits?.note(model, { contextTokens }, 'error');
  if (inputTokens === undefined) return undefined;
  const left = contextTokens - inputTokens;
  if (left < MIN_OUTPUT_TOKENS || left >= now) return undefined;
  const sum = inputChars === 0 ? undefined : { contextTokens, tokensPerChar: inputTokens / inputChars };
  return {
    shape: { ...shape, maxOutputTokens: left },
    learned: sum === undefined ? learned : { ...learned, sum },
  };
}

function withoutNamed(
  { shape, learned }: Fallback,
  text: string,
  options: CapabilityFallbackOptions,
): Fallback | undefined {
  const left = (options.options ?? []).filter((option) => !shape.without.has(option));
  const named = namedOptions(text, left);
  if (named.length > 0) {
    const without = new Set([...shape.without, ...named]);
    return { shape: { ...shape, without }, learned: { ...learned, without } };
  }
  if (shape.reasoning && /thinking|reasoning|summary/i.test(text))
    return { shape: { ...shape, reasoning: false }, learned: { ...learned, reasoning: false } };
  return undefined;
}

function withLowerForm({ shape, learned }: Fallback, forms: readonly JsonForm[]): Fallback | undefined {
  if (shape.json === undefined) return undefined;
  const form = forms[forms.indexOf(shape.json) + 1];
  return form === undefined ? undefined : { shape: { ...shape, json: form }, learned: { ...learned, form } };
}

function isSame(one: Learned, other: Learned): boolean {
  return (
    one.form === other.form &&
    one.reasoning === other.reasoning &&
    one.without === other.without &&
    one.sum === other.sum &&
    one.outputTokens === other.outputTokens &&
    one.doubted === other.doubted
  );
}

/** The last rungs' request in words, to be added to what the user says. */
export function jsonInWords(json: { readonly schema: Readonly<Record<string, unknown>> }): string {
  return (
    '\n\nAnswer with one JSON object and nothing else, without a code fence. It must fit this JSON Schema:\n' +
    JSON.stringify(json.schema)
  );
}
