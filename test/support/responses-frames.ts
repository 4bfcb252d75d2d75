import type { Frames, ProviderScript, ScriptError } from './provider-script.ts';
import { sseEvent, usageOfScript } from './provider-script.ts';

/** A script as OpenAI's Responses API sends it. */
export function responsesFrames(script: ProviderScript, model: string): Frames {
  const { finish = 'stop' } = script;
  const usage = usageOfScript(script);
  const told =
    usage === null
      ? null
      : {
          input_tokens: usage.input,
          input_tokens_details: { cached_tokens: usage.cached ?? 0 },
          output_tokens: usage.output,
          output_tokens_details: { reasoning_tokens: usage.reasoning ?? 0 },
          total_tokens: usage.input + usage.output,
        };
  let sequence = 0;
  const send = (type: string, data: Readonly<Record<string, unknown>>) =>
    sseEvent({ type, sequence_number: sequence++, ...data }, type);
  const response = (status: string, more: Readonly<Record<string, unknown>> = {}) => ({
    response: {
      id: 'resp_test',
      object: 'response',
      model,
      status,
      output: [],
      error: null,
      usage: null,
      ...more,
    },
  });
  const cut = (reason: string) =>
    send('response.incomplete', response('incomplete', { usage: told, incomplete_details: { reason } }));
  const completed = () =>
    send('response.completed', response('completed', { usage: told, incomplete_details: null }));
  const item = { item_id: 'msg_test', output_index: 0, content_index: 0 };
  const failed = ({ message, code, type }: ScriptError) =>
    send('response.failed', response('failed', { error: { code: code ?? type, message } }));

  return {
    opening: [
      send('response.created', response('in_progress')),
      send('response.in_progress', response('in_progress')),
    ],
    reasoning: (script.reasoning ?? []).map((delta, index) => {
      const part = { item_id: 'rs_test', output_index: 0, summary_index: 0 };
      const empty = { part: { type: 'summary_text', text: '' } };
      const start = index === 0 ? send('response.reasoning_summary_part.added', { ...part, ...empty }) : '';
      return start + send('response.reasoning_summary_text.delta', { ...part, delta });
    }),
    tokens: (script.tokens ?? []).map((delta) => send('response.output_text.delta', { ...item, delta })),
    closing: [
      send('response.output_text.done', { ...item, text: (script.tokens ?? []).join('') }),
      ...(finish === 'refusal'
        ? [send('response.refusal.delta', { ...item, delta: 'I cannot help with that.' })]
        : []),
      ...(finish === 'tool'
        ? [
            send('response.output_item.added', {
              output_index: 1,
              item: { id: 'fc_test', type: 'function_call', name: 'write_file', arguments: '' },
            }),
          ]
        : []),
      finish === 'length'
        ? cut('max_output_tokens')
        : finish === 'filter'
          ? cut('content_filter')
          : completed(),
    ],
    ping: ': keep-alive\n\n',
    error: (error) => send('error', { error }) + failed(error),
    failed,
  };
}
