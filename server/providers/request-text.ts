import type { ProviderRequest } from './provider.ts';
import { jsonInWords, type RequestShape } from './capability-fallback.ts';

type Message = ProviderRequest['messages'][number];

/** What a shape makes of a request's texts: where the system text stands, and the wish for JSON in words. */
export interface RequestTexts {
  /** Empty if there is none, or if it stands before the first message. */
  readonly system: string;
  readonly messages: readonly Message[];
}

export function textsOf(request: ProviderRequest, shape: RequestShape): RequestTexts {
  const { json, system, messages } = request;
  const folded = shape.without.has('system') && system !== '';
  const words = json !== undefined && shape.json !== 'json_schema' ? jsonInWords(json) : '';
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
