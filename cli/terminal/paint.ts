import { styleText } from 'node:util';

export type Style =
  'bold' | 'dim' | 'italic' | 'underline' | 'strikethrough' | 'red' | 'yellow' | 'green' | 'cyan' | 'magenta';

/** Applies a style to a text, or returns it unchanged if colours are disabled. */
export type Paint = (style: Style, text: string) => string;

/** Uses colours if the stream is a terminal that supports them; NO_COLOR and FORCE_COLOR take precedence. */
export function createPaint(stream: NodeJS.WritableStream): Paint {
  return (style, text) => (text === '' ? '' : styleText(style, text, { stream }));
}
