import { contextTooLong } from './provider-error.ts';

/** How a model is asked for JSON. `plain`: by words alone. */
export type JsonForm = 'json_schema' | 'json_object' | 'plain';

/** What may be left out of a request when its endpoint does not take it. */
export interface RequestShape {
  /** `undefined`: free text. */
  readonly json: JsonForm | undefined;
  /** Whether the model's reasoning is asked for. */
  readonly reasoning: boolean;
}

export interface RequestLadder {
  /**
   * Sends the fullest request that this model is not known to refuse; on a refusal that may be due to its shape,
   * the next lower one, and so on down. What was taken is remembered, so that the next call begins there.
   *
   * @throws whatever `send` threw last, when nothing lower is left or the shape is not to blame.
   */
  send<T>(model: string, json: boolean, send: (shape: RequestShape) => Promise<T>): Promise<T>;
}

export interface RequestLadderOptions {
  /** The forms this API has, the strictest first. */
  readonly forms: readonly JsonForm[];
  /** Whether the requests of this API ask for reasoning at all. */
  readonly reasoning: boolean;
}

/** Models that one instance remembers: an endpoint that takes any name must not fill the memory. */
const MAX_MODELS = 1_000;

export function createRequestLadder({ forms, reasoning }: RequestLadderOptions): RequestLadder {
  const known = new Map<string, Required<{ form: JsonForm | undefined; reasoning: boolean }>>();
  const top = { form: forms[0], reasoning };

  return {
    async send(model, json, send) {
      const start = known.get(model) ?? top;
      let shape: RequestShape = { json: json ? start.form : undefined, reasoning: start.reasoning };
      for (;;) {
        try {
          const taken = await send(shape);
          // A call without JSON says nothing about the model's forms.
          const learned = { form: json ? shape.json : start.form, reasoning: shape.reasoning };
          if (learned.form !== top.form || learned.reasoning !== top.reasoning) remember(model, learned);
          return taken;
        } catch (error) {
          const lower = lowerShape(shape, error, forms);
          if (lower === undefined) throw error;
          shape = lower;
        }
      }
    },
  };

  function remember(model: string, learned: { form: JsonForm | undefined; reasoning: boolean }): void {
    const oldest = known.keys().next();
    if (known.size >= MAX_MODELS && !known.has(model) && oldest.done !== true) known.delete(oldest.value);
    known.set(model, learned);
  }
}

function lowerShape(
  shape: RequestShape,
  error: unknown,
  forms: readonly JsonForm[],
): RequestShape | undefined {
  if (!(error instanceof Error) || !('status' in error) || !mayBeTheShape(error.status, error.message))
    return undefined;
  if (shape.reasoning && /thinking|reasoning|summary/i.test(error.message))
    return { ...shape, reasoning: false };
  if (shape.json === undefined) return undefined;
  const lower = forms[forms.indexOf(shape.json) + 1];
  return lower === undefined ? undefined : { ...shape, json: lower };
}

function mayBeTheShape(status: unknown, message: string): boolean {
  if (contextTooLong.test(message) || /model_not_found|does not exist/i.test(message)) return false;
  if (status === 400 || status === 422) return true;
  // OpenRouter's answer when no upstream takes every parameter, as `require_parameters` demands.
  return status === 404 && /no endpoints found/i.test(message);
}

/** The last rungs' request in words, to be added to what the user says. */
export function jsonInWords(json: { readonly schema: Readonly<Record<string, unknown>> }): string {
  return (
    '\n\nAnswer with one JSON object and nothing else, without a code fence. It must fit this JSON Schema:\n' +
    JSON.stringify(json.schema)
  );
}
