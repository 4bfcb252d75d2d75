import { parseSse, type SseFrame } from '../verify/sse-frames.ts';

/** Reads server-sent events from the chunks of a response. */
export interface FrameReader {
  push(chunk: string): void;
}

export function createFrameReader(onFrame: (frame: SseFrame) => void): FrameReader {
  let rest = '';
  return {
    push(chunk) {
      const text = (rest + chunk).replaceAll('\r\n', '\n');
      const end = text.lastIndexOf('\n\n');
      rest = end === -1 ? text : text.slice(end + 2);
      if (end !== -1) for (const frame of parseSse(text.slice(0, end + 2))) onFrame(frame);
    },
  };
}
