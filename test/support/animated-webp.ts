/** One picture of an animation. */
export interface WebpFrame {
  /** A whole WebP file with one picture, of the size of the animation. */
  readonly webp: Buffer;
  /** How long it is shown, 1…16777215. */
  readonly durationMs: number;
}

export interface WebpSize {
  readonly width: number;
  readonly height: number;
}

/**
 * One animated WebP file of single pictures, repeated indefinitely. The pictures are copied, not encoded again.
 *
 * @throws Error if a frame is not a WebP file.
 */
export function animatedWebp(frames: readonly WebpFrame[], { width, height }: WebpSize): Buffer {
  const canvas = [...uint24(width - 1), ...uint24(height - 1)];
  const hasAnimation = 0x02;
  const body = Buffer.concat([
    Buffer.from('WEBP'),
    chunk('VP8X', Buffer.from([hasAnimation, 0, 0, 0, ...canvas])),
    // The background's colour, and how often it is repeated: 0 for indefinitely.
    chunk('ANIM', Buffer.from([255, 255, 255, 255, 0, 0])),
    ...frames.map(({ webp, durationMs }) => {
      const doNotBlend = 0x02;
      const place = [...uint24(0), ...uint24(0), ...canvas, ...uint24(durationMs), doNotBlend];
      return chunk('ANMF', Buffer.concat([Buffer.from(place), picture(webp)]));
    }),
  ]);
  return chunk('RIFF', body);
}

/** The chunks of a still file that hold its picture, without its header and metadata. */
function picture(webp: Buffer): Buffer {
  if (webp.toString('latin1', 0, 4) !== 'RIFF' || webp.toString('latin1', 8, 12) !== 'WEBP')
    throw new Error('A frame is not a WebP file.');
  const kept: Buffer[] = [];
  for (let at = 12; at + 8 <= webp.length;) {
    const end = at + 8 + padded(webp.readUInt32LE(at + 4));
    if (['VP8 ', 'VP8L', 'ALPH'].includes(webp.toString('latin1', at, at + 4)))
      kept.push(webp.subarray(at, end));
    at = end;
  }
  return Buffer.concat(kept);
}

function chunk(name: string, data: Buffer): Buffer {
  const head = Buffer.alloc(8, name, 'latin1');
  head.writeUInt32LE(data.length, 4);
  return Buffer.concat([head, data, Buffer.alloc(padded(data.length) - data.length)]);
}

function padded(bytes: number): number {
  return bytes + (bytes % 2);
}

function uint24(value: number): readonly number[] {
  return [value & 255, (value >> 8) & 255, (value >> 16) & 255];
}
