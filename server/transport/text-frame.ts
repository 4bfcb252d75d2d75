/** A text message as one WebSocket frame from a server (RFC 6455, 5.2): final, not masked, not compressed. */
export interface TextFrame {
  /** The header and the payload. */
  readonly bytes: Buffer;
  readonly headerBytes: number;
}

const finalText = 0x81;
/** Lengths up to this are in the second byte; these values of it announce a length of two and of eight bytes. */
const mostShortBytes = 125;
const twoByteLength = 126;
const eightByteLength = 127;

/** @param parts The payload in UTF-8. */
export function textFrameOf(parts: readonly Buffer[]): TextFrame {
  const header = headerOf(parts.reduce((sum, { length }) => sum + length, 0));
  return { bytes: Buffer.concat([header, ...parts]), headerBytes: header.length };
}

export function payloadOf({ bytes, headerBytes }: TextFrame): Buffer {
  return bytes.subarray(headerBytes);
}

function headerOf(length: number): Buffer {
  if (length <= mostShortBytes) return Buffer.from([finalText, length]);
  if (length <= 0xff_ff) {
    const header = Buffer.from([finalText, twoByteLength, 0, 0]);
    header.writeUInt16BE(length, 2);
    return header;
  }
  const header = Buffer.alloc(10);
  header.set([finalText, eightByteLength]);
  header.writeBigUInt64BE(BigInt(length), 2);
  return header;
}
