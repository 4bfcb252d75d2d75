import type { ProviderRequest } from './provider.ts';
import { jsonInstruction, type RequestShape } from './capability-fallback.ts';

type Message = ProviderRequest['messages'][number];

/** The texts of a request in a given shape: where the system text goes, and the instruction for JSON. */
export interface RequestTexts {
  /** Empty if there is none, or if it precedes the first message. */
  readonly system: string;
  readonly messages: readonly Message[];
}

export function textsOf(request: ProviderRequest, shape: RequestShape): RequestTexts {
  const { json, system, messages } = request;
  const folded = shape.without.has('system') && system !== '';
  const words = json !== undefined && shape.json !== 'json_schema' ? jsonInstruction(json) : '';
  return {
    system: folded ? '' : system,
    messages: messages.map((message, index) => {
      const first = folded && index === 0 ? `${system}\n\n` : '';
      const last = index === messages.length - 1 ? words : '';
      if (first === '' && last === '') return message;
      const cacheEnds = message.cacheEnds?.map((end) => end + first.length);
      return {
        role: message.role,
        text: first + message.text + last,
        ...(cacheEnds === undefined ? {} : { cacheEnds }),
      };
    }),
  };
}
