import type { Frames, ProviderScript, ScriptError } from './provider-script.ts';
import { sseEvent, usageOfScript } from './provider-script.ts';

/** A script as Anthropic's Messages API sends it. */
export function messagesFrames(script: ProviderScript, model: string): Frames {
  const usage = usageOfScript(script);
  const { finish = 'stop' } = script;
  const refused = finish === 'refusal' || finish === 'filter';
  const stopReason = {
    stop: 'end_turn',
    length: 'max_tokens',
    tool: 'tool_use',
    refusal: 'refusal',
    filter: 'refusal',
  };
  const reasons = script.reasoning ?? [];
  const textIndex = reasons.length > 0 ? 1 : 0;
  const error = (told: ScriptError) =>
    send('error', { error: { type: told.type, message: told.message }, request_id: 'req_test' });
  return {
    opening: [
      send('message_start', {
        message: {
          id: 'msg_test',
          type: 'message',
          role: 'assistant',
          model,
          content: [],
          stop_reason: null,
          stop_sequence: null,
          ...(usage === null ? {} : { usage: { ...inputOf(usage), output_tokens: 1 } }),
        },
      }),
    ],
    reasoning: reasons.map((thinking, index) => {
      const start = index === 0 ? blockStart(0, { type: 'thinking', thinking: '', signature: '' }) : '';
      return start + send('content_block_delta', { index: 0, delta: { type: 'thinking_delta', thinking } });
    }),
    tokens: (script.tokens ?? []).map((text, index) => {
      const stop = index === 0 && textIndex === 1 ? send('content_block_stop', { index: 0 }) : '';
      const start = index === 0 ? stop + blockStart(textIndex, { type: 'text', text: '' }) : '';
      return start + send('content_block_delta', { index: textIndex, delta: { type: 'text_delta', text } });
    }),
    closing: [
      send('content_block_stop', { index: textIndex }),
      send('message_delta', {
        delta: {
          stop_reason: stopReason[finish],
          stop_sequence: null,
          ...(refused
            ? {
                stop_details: { type: 'refusal', category: 'cyber', explanation: 'I cannot help with that.' },
              }
            : {}),
        },
        ...(usage === null
          ? {}
          : {
              usage: {
                ...inputOf(usage),
                output_tokens: usage.output,
                output_tokens_details: { thinking_tokens: usage.reasoning ?? 0 },
              },
            }),
      }),
      send('message_stop', {}),
    ],
    ping: send('ping', {}),
    error,
    failed: error,
  };
}

/** The cache is counted beside `input_tokens` here, not in it. */
function inputOf(usage: { readonly input: number; readonly cached?: number }): Record<string, number> {
  const cached = usage.cached ?? 0;
  return {
    input_tokens: usage.input - cached,
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: cached,
  };
}

function blockStart(index: number, block: Readonly<Record<string, unknown>>): string {
  return send('content_block_start', { index, content_block: block });
}

function send(type: string, data: Readonly<Record<string, unknown>>): string {
  return sseEvent({ type, ...data }, type);
}
