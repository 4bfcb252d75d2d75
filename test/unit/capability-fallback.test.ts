import { describe, expect, test } from 'vitest';

import { createCapabilityFallback } from '../../server/providers/capability-fallback.ts';
import type { CapabilityFallback, RequestShape } from '../../server/providers/capability-fallback.ts';

/** An error as both SDKs throw it for an HTTP answer. */
function answered(status: number, message = 'no'): Error {
  return Object.assign(new Error(`${status} ${message}`), { status });
}

/** Sends through the ladder to an endpoint that refuses as `refuse` says; gives back what was tried. */
async function tried(
  ladder: CapabilityFallback,
  { model = 'm', json = true }: { model?: string; json?: boolean },
  refuse: (shape: RequestShape) => Error | undefined = () => undefined,
): Promise<string[]> {
  const shapes: string[] = [];
  const nameOf = ({ json: form, reasoning }: RequestShape) =>
    `${form ?? 'text'}${reasoning ? '+reasoning' : ''}`;
  try {
    await ladder.send({ model, json }, (shape) => {
      shapes.push(nameOf(shape));
      const error = refuse(shape);
      return error === undefined ? Promise.resolve() : Promise.reject(error);
    });
  } catch (error) {
    shapes.push(String(error));
  }
  return shapes;
}

const create = (reasoning = false) =>
  createCapabilityFallback({ forms: ['json_schema', 'json_object', 'plain'], reasoning });

const onlyPlain = ({ json }: RequestShape) => (json === 'plain' ? undefined : answered(400));

describe('createRequestLadder', () => {
  test('leaves reasoning out first if the refusal is about it, then goes down the forms', async () => {
    const ladder = create(true);
    const refuse = (shape: RequestShape) =>
      shape.reasoning ? answered(400, 'adaptive thinking is not supported on this model') : onlyPlain(shape);
    const shapes = await tried(ladder, {}, refuse);
    expect(shapes).toEqual(['json_schema+reasoning', 'json_schema', 'json_object', 'plain']);
    expect(await tried(ladder, {})).toEqual(['plain']);
    expect(await tried(ladder, { json: false })).toEqual(['text']);
  });

  test('what a free text learns about reasoning leaves the forms as they were', async () => {
    const ladder = create(true);
    await tried(ladder, { json: false }, ({ reasoning }) =>
      reasoning ? answered(400, 'reasoning.summary is not supported') : undefined,
    );
    expect(await tried(ladder, {})).toEqual(['json_schema']);
  });

  test.for([
    [400, 'response_format is not supported in this context'],
    [422, 'extra fields not permitted'],
    [404, 'No endpoints found that can handle the requested parameters.'],
  ] as const)('%i %s is a reason to go down', async ([status, message]) => {
    const shapes = await tried(create(), {}, ({ json }) =>
      json === 'json_schema' ? answered(status, message) : undefined,
    );
    expect(shapes).toEqual(['json_schema', 'json_object']);
  });

  test.for([
    [401, 'invalid key'],
    [404, 'model not found'],
    [429, 'slow down'],
    [400, "This model's maximum context length is 8192 tokens"],
    [400, 'The model `x` does not exist'],
  ] as const)('%i %s is none', async ([status, message]) => {
    const shapes = await tried(create(), {}, () => answered(status, message));
    expect(shapes).toEqual(['json_schema', `Error: ${status} ${message}`]);
  });

  test('ends after eight requests, whatever is said', async () => {
    const options = [
      'stream_options',
      'include_obfuscation',
      'store',
      'effort',
      'adaptive',
      'cache_control',
    ] as const;
    const more = ['prompt_cache_key', 'max_tokens', 'max_completion_tokens'] as const;
    const all = [...options, ...more];
    const ladder = createCapabilityFallback({
      forms: ['json_schema', 'plain'],
      reasoning: true,
      options: all,
    });
    let requests = 0;
    const refuse = () => answered(400, `${all[requests++ % all.length]} is not supported`);
    expect(await tried(ladder, {}, refuse)).toHaveLength(9);
    expect(requests).toBe(8);
  });

  test('a free text has no rung below it', async () => {
    expect(await tried(create(), { json: false }, () => answered(400))).toEqual(['text', 'Error: 400 no']);
  });

  test('remembers a thousand models, and forgets the first of more', async () => {
    const ladder = create();
    for (let i = 0; i <= 1_000; i += 1) await tried(ladder, { model: `m${i}` }, onlyPlain);
    expect(await tried(ladder, { model: 'm1' })).toEqual(['plain']);
    expect(await tried(ladder, { model: 'm0' })).toEqual(['json_schema']);
  });
});
