import type { Frames, ProviderScript } from './provider-script.ts';
import { sseEvent, usageOfScript } from './provider-script.ts';

/** A script as a Chat Completions server sends it. */
export function chatFrames(script: ProviderScript, model: string): Frames {
  const { finish = 'stop' } = script;
  const reasons = {
    stop: 'stop',
    length: 'length',
    tool: 'tool_calls',
    refusal: 'stop',
    filter: 'content_filter',
  };
  const usage = usageOfScript(script);
  const chunk = (more: Readonly<Record<string, unknown>>) =>
    sseEvent({ id: 'chatcmpl-test', object: 'chat.completion.chunk', created: 0, model, ...more });
  const choice = (delta: Readonly<Record<string, unknown>>, finishReason: string | null = null) =>
    chunk({ choices: [{ index: 0, delta, finish_reason: finishReason }] });

  return {
    opening: [choice({ role: 'assistant', content: '' })],
    reasoning: (script.reasoning ?? []).map((reasoning) => choice({ content: '', reasoning })),
    tokens: (script.tokens ?? []).map((content) => choice({ content })),
    closing: [
      ...(finish === 'refusal' ? [choice({ refusal: 'I cannot help with that.' })] : []),
      choice({}, reasons[finish]),
      ...(usage === null
        ? []
        : [
            chunk({
              choices: [],
              usage: {
                prompt_tokens: usage.input,
                completion_tokens: usage.output,
                total_tokens: usage.input + usage.output,
                prompt_tokens_details: { cached_tokens: usage.cached ?? 0 },
                completion_tokens_details: { reasoning_tokens: usage.reasoning ?? 0 },
              },
            }),
          ]),
      ...(script.framing?.withoutDone === true ? [] : ['data: [DONE]\n\n']),
    ],
    ping: ': OPENROUTER PROCESSING\n\n',
    error: (error) => chunk({ error, choices: [{ index: 0, delta: { content: '' }, finish_reason: null }] }),
    failed: () => choice({}, 'error'),
  };
}
