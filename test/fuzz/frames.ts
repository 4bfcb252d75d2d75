import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { upgradeRequest } from '../support/raw-request.ts';
import { createDice, type Dice } from './dice.ts';
import { startFuzzedServer } from './fuzzed-server.ts';
import type { Fuzzer } from './fuzzer.ts';
import { mutateBytes } from './mutate-bytes.ts';
import { validCall } from './random-json.ts';

/** The bytes of a WebSocket: fragments, masks, opcodes, lengths, and cuts in all places. */
export const frames: Fuzzer = {
  name: 'frames',
  shortSeeds: 200,
  async open() {
    const server = await startFuzzedServer();
    return {
      async play(seed) {
        const dice = createDice('frames', seed);
        await send(server.port, bytesOf(dice, server.runId), dice);
        await server.check();
      },
      [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
    };
  },
};

function bytesOf(dice: Dice, runId: string): Buffer {
  const pieces: Buffer[] = [];
  for (let count = 1 + dice.below(12); count > 0; count -= 1) {
    const payload = payloadOf(dice, runId);
    if (dice.isLucky(0.2)) {
      // One message in fragments, with a control frame between them now and then.
      const at = dice.below(payload.length + 1);
      pieces.push(frame(dice, { opcode: 1, fin: false, payload: payload.subarray(0, at) }));
      if (dice.isLucky(0.5))
        pieces.push(frame(dice, { opcode: 9, fin: true, payload: dice.bytes(dice.below(126)) }));
      pieces.push(frame(dice, { opcode: 0, fin: true, payload: payload.subarray(at) }));
    } else {
      const opcode = dice.isLucky(0.7) ? 1 : dice.below(16);
      pieces.push(frame(dice, { opcode, fin: dice.isLucky(0.9), payload }));
    }
  }
  const whole = Buffer.concat(pieces);
  return dice.isLucky(0.5) ? whole : mutateBytes(whole, dice, 4);
}

function payloadOf(dice: Dice, runId: string): Buffer {
  // Beyond what is not counted.
  if (dice.isLucky(0.1)) return Buffer.alloc(70_000 + dice.below(300_000), dice.pick(['x', ' ', '[']));
  if (dice.isLucky(0.3)) return dice.bytes(dice.below(300));
  return Buffer.from(JSON.stringify(validCall(dice, runId)));
}

function frame(
  dice: Dice,
  { opcode, fin, payload }: { readonly opcode: number; readonly fin: boolean; readonly payload: Buffer },
): Buffer {
  const reserved = dice.isLucky(0.05) ? dice.below(8) << 4 : 0;
  const isMasked = !dice.isLucky(0.05);
  const said = dice.isLucky(0.1)
    ? dice.pick([0, 1, 125, 126, 65_535, 65_536, 8_388_608, 8_388_609, 2 ** 40])
    : payload.length;
  const head = [(fin ? 0x80 : 0) | reserved | opcode];
  const length = Buffer.alloc(8);
  length.writeBigUInt64BE(BigInt(said));
  const maskBit = isMasked ? 0x80 : 0;
  if (said < 126 && !dice.isLucky(0.05)) head.push(maskBit | said);
  else if (said < 65_536) head.push(maskBit | 126, ...length.subarray(6));
  else head.push(maskBit | 127, ...length);
  const mask = isMasked ? dice.bytes(4) : Buffer.alloc(0);
  const masked = isMasked ? payload.map((byte, index) => byte ^ (mask[index % 4] ?? 0)) : payload;
  return Buffer.concat([Buffer.from(head), mask, masked]);
}

/** In pieces of any size; then the connection is left in one of three ways. */
async function send(port: number, bytes: Buffer, dice: Dice): Promise<void> {
  const socket = connect(port, '127.0.0.1');
  const closed = new Promise<void>((resolve) => void socket.once('close', () => resolve()));
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  socket.write(upgradeRequest(port, '/trpc'));
  await once(socket, 'data');
  socket.resume();
  for (let at = 0; at < bytes.length;) {
    const end = dice.isLucky(0.3) ? at + 1 + dice.below(40) : bytes.length;
    socket.write(bytes.subarray(at, end));
    at = end;
    if (dice.isLucky(0.3)) await sleep(1);
  }
  if (dice.isLucky(0.3)) socket.resetAndDestroy();
  else if (dice.isLucky(0.5)) socket.end();
  await Promise.race([closed, sleep(30)]);
  socket.destroy();
  await closed;
}
