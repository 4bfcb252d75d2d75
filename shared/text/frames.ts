import type { FenceLine } from './fence-line.ts';
import type { Frame } from './reading.ts';

/** `frame`, in which a fence stands that is its content. */
export function withInner(frame: Frame, fence: FenceLine, holdsFile: boolean): Frame {
  const length = fence.char === frame.fence.char ? fence.length : 0;
  if (length <= frame.longestInner && (frame.holdsFile || !holdsFile)) return frame;
  return {
    ...frame,
    longestInner: Math.max(frame.longestInner, length),
    holdsFile: frame.holdsFile || holdsFile,
  };
}

/** The frame that holds all the inner ones. */
export function outermost(frame: Frame): Frame {
  let outer = frame;
  while (outer.kind === 'inner' && outer.up !== undefined) outer = outer.up;
  return outer;
}

/** `frame` with another outermost one. */
export function mapOutermost(frame: Frame, change: (frame: Frame) => Frame): Frame {
  if (frame.kind !== 'inner' || frame.up === undefined) return change(frame);
  return { ...frame, up: mapOutermost(frame.up, change) };
}

/** How many frames are open. */
export function depthOf(frame: Frame): number {
  return frame.up === undefined ? 1 : depthOf(frame.up) + 1;
}
