import { isTooLong, isUnknownModel } from './classify-error.ts';
import { namedOptions, type RequestOption } from './request-options.ts';
import { limitsInError, type ModelLimitsCache } from './model-limits.ts';

/** How a model is asked for JSON. `plain`: by an instruction in the prompt only. */
export type JsonForm = 'json_schema' | 'json_object' | 'plain';

/** The parts of a request that can be left out or reduced when an endpoint rejects them. */
export interface RequestShape {
  /** `undefined`: free text. */
  readonly json: JsonForm | undefined;
  /** Whether the request asks for the model's reasoning. */
  readonly reasoning: boolean;
  /** Options that must not be in the request. */
  readonly without: ReadonlySet<RequestOption>;
  /** Maximum tokens of the answer; `undefined`: not sent. */
  readonly maxOutputTokens: number | undefined;
}

/** The properties of a request that decide its shape. */
export interface FallbackRequest {
  readonly model: string;
  readonly json: boolean;
  readonly maxOutputTokens?: number | undefined;
  /** Length of the prompt in chars. */
  readonly inputChars?: number;
}

export interface CapabilityFallback {
  /**
   * Sends the fullest request that this model is not known to reject. After a rejection that may be due to the
   * shape of the request, tries again without what the error names, else with the next weaker form of JSON, and so
   * on, up to eight requests in total. The accepted shape is remembered, and the next call starts with it.
   *
   * @throws the last error of `send` when no fallback is left or the shape is not the cause.
   */
  send<T>(request: FallbackRequest, send: (shape: RequestShape) => Promise<T>): Promise<T>;
}

export interface CapabilityFallbackOptions {
  /** The forms of JSON that this API supports, strictest first. */
  readonly forms: readonly JsonForm[];
  /** Whether requests of this API ask for reasoning at all. */
  readonly reasoning: boolean;
  /** Further options of this API's requests that an endpoint may reject. @default none */
  readonly options?: readonly RequestOption[];
  /** Receives the limits that errors report. @default none */
  readonly limits?: ModelLimitsCache;
}

/** Models remembered per instance: an endpoint that accepts any name must not fill the memory. */
const MAX_MODELS = 1_000;
const MAX_REQUESTS = 8;
/** If fewer tokens are left for an answer, the prompt counts as too long. */
const MIN_OUTPUT_TOKENS = 256;

/** What is known about a model. */
interface ModelCapabilities {
  readonly form: JsonForm | undefined;
  readonly reasoning: boolean;
  readonly without: ReadonlySet<RequestOption>;
  /** The context window (prompt and answer together), and tokens per char of a prompt. */
  readonly sum?: { readonly contextTokens: number; readonly tokensPerChar: number };
  readonly outputTokens?: number;
  /** Set after a status 500 for a form that may be unsupported. Only a second one counts as a rejection. */
  readonly isUncertain: boolean;
}

interface Fallback {
  readonly shape: RequestShape;
  readonly capabilities: ModelCapabilities;
  /** The error does not say that the shape is the cause. */
  readonly isGuess?: boolean;
}

export function createCapabilityFallback(options: CapabilityFallbackOptions): CapabilityFallback {
  const { forms, reasoning } = options;
  const known = new Map<string, ModelCapabilities>();
  const top: ModelCapabilities = { form: forms[0], reasoning, without: new Set(), isUncertain: false };

  return {
    async send(request, send) {
      const before = known.get(request.model) ?? top;
      let step: Fallback = { shape: shapeOf(request, before), capabilities: before };
      let isUncertain = false;
      for (let requests = 1; ; requests += 1) {
        try {
          const taken = await send(step.shape);
          const capabilities = { ...step.capabilities, isUncertain };
          const believed =
            !isUncertain || before.isUncertain ? capabilities : { ...capabilities, form: before.form };
          if (believed !== top && !isSame(believed, before)) remember(request.model, believed);
          return taken;
        } catch (error) {
          const lower = requests < MAX_REQUESTS ? lowered(step, error, { request, options }) : undefined;
          if (lower === undefined) throw error;
          isUncertain ||= lower.isGuess === true;
          step = lower;
        }
      }
    },
  };

  function remember(model: string, capabilities: ModelCapabilities): void {
    const oldest = known.keys().next();
    if (known.size >= MAX_MODELS && !known.has(model) && oldest.done !== true) known.delete(oldest.value);
    known.set(model, capabilities);
  }
}

function shapeOf(request: FallbackRequest, capabilities: ModelCapabilities): RequestShape {
  const limit = Math.min(
    request.maxOutputTokens ?? Infinity,
    capabilities.outputTokens ?? Infinity,
    fitting(request, capabilities.sum) ?? Infinity,
  );
  return {
    // A call without JSON shows nothing about the model's JSON support.
    json: request.json ? capabilities.form : undefined,
    reasoning: capabilities.reasoning,
    without: capabilities.without,
    maxOutputTokens: Number.isFinite(limit) ? limit : undefined,
  };
}

/** Tokens left for the answer to this prompt; `undefined` if too few, or if the window is unknown. */
function fitting({ inputChars = 0 }: FallbackRequest, sum: ModelCapabilities['sum']): number | undefined {
  if (sum === undefined) return undefined;
  const left = sum.contextTokens - Math.ceil(inputChars * sum.tokensPerChar * 1.02);
  return left < MIN_OUTPUT_TOKENS ? undefined : left;
}

interface RejectedRequest {
  readonly request: FallbackRequest;
  readonly options: CapabilityFallbackOptions;
}

function lowered(
  step: Fallback,
  error: unknown,
  { request, options }: RejectedRequest,
): Fallback | undefined {
  if (!(error instanceof Error) || !('status' in error)) return undefined;
  const { status } = error;
  const text = 'text' in error && typeof error.text === 'string' ? error.text.slice(0, 8_192) : error.message;
  const badRequest = status === 400 || status === 413 || status === 422;
  if (badRequest) {
    const limited = withinLimits(step, text, { request, options });
    if (limited !== undefined) return limited;
  }
  if (isTooLong(text) || isUnknownModel(text)) return undefined;
  if (badRequest || status === 500) {
    const less = withoutNamed(step, text, options);
    if (less !== undefined) return less;
  }
  // OpenRouter's response when no upstream supports every parameter, as `require_parameters` demands.
  const noUpstream = status === 404 && /no endpoints found/i.test(text);
  if (status === 400 || status === 422 || noUpstream) return withLowerForm(step, options.forms);
  const aboutForms = /schema|grammar|format|structured/i.test(text);
  if (status !== 500 || (step.shape.json !== 'json_schema' && !aboutForms)) return undefined;
  const lower = withLowerForm(step, options.forms);
  return lower === undefined ? undefined : { ...lower, isGuess: !aboutForms };
}

/** Applies a limit that the error names: the model's own, or what this prompt leaves of its context window. */
function withinLimits(
  { shape, capabilities }: Fallback,
  text: string,
  { request, options }: RejectedRequest,
): Fallback | undefined {
  const { outputTokens, contextTokens, inputTokens } = limitsInError(text);
  const { model, inputChars = 0 } = request;
  const now = shape.maxOutputTokens ?? Infinity;
  if (outputTokens !== undefined && outputTokens > 0 && shape.maxOutputTokens !== undefined) {
    options.limits?.update(model, { outputTokens }, 'error');
    if (outputTokens >= now) return undefined;
    return {
      shape: { ...shape, maxOutputTokens: outputTokens },
      capabilities: { ...capabilities, outputTokens },
    };
  }
  if (contextTokens === undefined || contextTokens === 0) return undefined;
  options.limits?.update(model, { contextTokens }, 'error');
  if (inputTokens === undefined) return undefined;
  const left = contextTokens - inputTokens;
  if (left < MIN_OUTPUT_TOKENS || left >= now) return undefined;
  const sum = inputChars === 0 ? undefined : { contextTokens, tokensPerChar: inputTokens / inputChars };
  return {
    shape: { ...shape, maxOutputTokens: left },
    capabilities: sum === undefined ? capabilities : { ...capabilities, sum },
  };
}

function withoutNamed(
  { shape, capabilities }: Fallback,
  text: string,
  options: CapabilityFallbackOptions,
): Fallback | undefined {
  const left = (options.options ?? []).filter((option) => !shape.without.has(option));
  const named = namedOptions(text, left);
  if (named.length > 0) {
    const without = new Set([...shape.without, ...named]);
    return { shape: { ...shape, without }, capabilities: { ...capabilities, without } };
  }
  if (shape.reasoning && /thinking|reasoning|summary/i.test(text))
    return { shape: { ...shape, reasoning: false }, capabilities: { ...capabilities, reasoning: false } };
  return undefined;
}

function withLowerForm({ shape, capabilities }: Fallback, forms: readonly JsonForm[]): Fallback | undefined {
  if (shape.json === undefined) return undefined;
  const form = forms[forms.indexOf(shape.json) + 1];
  return form === undefined
    ? undefined
    : { shape: { ...shape, json: form }, capabilities: { ...capabilities, form } };
}

function isSame(one: ModelCapabilities, other: ModelCapabilities): boolean {
  return (
    one.form === other.form &&
    one.reasoning === other.reasoning &&
    one.without === other.without &&
    one.sum === other.sum &&
    one.outputTokens === other.outputTokens &&
    one.isUncertain === other.isUncertain
  );
}

/** The request for JSON as an instruction, appended to the user's message for weaker forms. */
export function jsonInstruction(json: { readonly schema: Readonly<Record<string, unknown>> }): string {
  return (
    '\n\nAnswer with one JSON object and nothing else, without a code fence. It must fit this JSON Schema:\n' +
    JSON.stringify(json.schema)
  );
}
