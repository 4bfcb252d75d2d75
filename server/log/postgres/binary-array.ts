/** Types of elements: their OID, and their size in bytes. */
const elements = {
  integer: { oid: 23, bytes: 4 },
  bigint: { oid: 20, bytes: 8 },
  boolean: { oid: 16, bytes: 1 },
} as const;

const headBytes = 20;
/** Before each element: its length. */
const lengthBytes = 4;
const textOid = 25;

/**
 * An array parameter in the binary format of PostgreSQL. As text, an array of a thousand numbers costs the node and the engine
 * several times as much.
 *
 * @param values Safe integers; 1 and 0 for booleans.
 */
export function binaryArray(type: keyof typeof elements, values: readonly number[]): Buffer {
  const { oid, bytes } = elements[type];
  const buffer = arrayOf({ oid, length: values.length, bytes: values.length * (lengthBytes + bytes) });
  let at = headBytes;
  for (const value of values) {
    buffer.writeInt32BE(bytes, at);
    at += lengthBytes;
    if (bytes === 1) buffer[at] = value;
    else if (bytes === 4) buffer.writeInt32BE(value, at);
    else {
      buffer.writeInt32BE(Math.floor(value / 2 ** 32), at);
      buffer.writeUInt32BE(value >>> 0, at + 4);
    }
    at += bytes;
  }
  return buffer;
}

/** The same of texts, which must be storable. */
export function binaryTexts(values: readonly string[]): Buffer {
  const sizes = values.map((value) => Buffer.byteLength(value));
  const bytes = sizes.reduce((sum, size) => sum + size + lengthBytes, 0);
  const buffer = arrayOf({ oid: textOid, length: values.length, bytes });
  let at = headBytes;
  for (const [index, value] of values.entries()) {
    at = buffer.writeInt32BE(sizes[index] ?? 0, at);
    at += buffer.write(value, at);
  }
  return buffer;
}

/** With its head: dimensions, whether there are NULLs, the type, and the length and the first index of the dimension. */
function arrayOf({ oid, length, bytes }: { oid: number; length: number; bytes: number }): Buffer {
  const head = length === 0 ? [0, 0, oid] : [1, 0, oid, length, 1];
  const buffer = Buffer.allocUnsafe(head.length * 4 + bytes);
  for (const [index, value] of head.entries()) buffer.writeInt32BE(value, index * 4);
  return buffer;
}
