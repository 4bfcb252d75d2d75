import type { Attributes } from './trace-span.ts';

/** The beginning of a text, for an attribute. */
export interface CapturedText {
  add(text: string): void;
  /** An attribute with one message, as JSON; none without text. */
  asMessages(role: 'user' | 'assistant', name: string): Attributes;
}

/** @param maxChars 0: captures nothing. */
export function createCapturedText(maxChars: number): CapturedText {
  let captured = '';
  return {
    add(text) {
      const left = maxChars - captured.length;
      if (left > 0) captured += text.slice(0, left);
    },
    asMessages: (role, name) =>
      captured === ''
        ? {}
        : { [name]: JSON.stringify([{ role, parts: [{ type: 'text', content: captured }] }]) },
  };
}
