import { styleText } from 'node:util';

export type Style = 'bold' | 'dim' | 'red' | 'yellow' | 'green' | 'cyan' | 'magenta';

/** Gives a text a style, or leaves it as it is where colours are not wanted. */
export type Paint = (style: Style, text: string) => string;

/** Colours if the stream is a terminal that has them; NO_COLOR and FORCE_COLOR decide before that. */
export function createPaint(stream: NodeJS.WritableStream): Paint {
  return (style, text) => (text === '' ? '' : styleText(style, text, { stream }));
}
