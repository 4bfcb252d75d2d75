import type { Dice } from './dice.ts';

/** Some changes to bytes as bad disks, links and programs make them: bits, runs, cuts, repetitions, swaps. */
export function mutateBytes(bytes: Buffer, dice: Dice, maxChanges: number): Buffer {
  let changed = Buffer.from(bytes);
  const changes = 1 + dice.below(maxChanges);
  for (let count = 0; count < changes && changed.length > 0; count += 1) {
    const at = dice.below(changed.length);
    const length = Math.min(1 + dice.below(dice.isLucky(0.8) ? 16 : 4096), changed.length - at);
    const piece = changed.subarray(at, at + length);
    const before = changed.subarray(0, at);
    const behind = changed.subarray(at + length);
    switch (dice.below(7)) {
      case 0:
        changed[at] = (changed[at] ?? 0) ^ (1 << dice.below(8));
        break;
      case 1:
        changed = Buffer.concat([before, dice.bytes(length), behind]);
        break;
      case 2:
        changed = Buffer.concat([before, behind]);
        break;
      case 3:
        changed = Buffer.concat([before, piece, piece, behind]);
        break;
      case 4:
        changed = Buffer.concat([before, dice.bytes(1 + dice.below(8)), piece, behind]);
        break;
      case 5:
        changed.fill(dice.pick([0, 255, 10, 32]), at, at + length);
        break;
      default:
        if (dice.isLucky(0.3)) changed = Buffer.from(before);
        else {
          const to = dice.below(changed.length);
          changed = Buffer.from(changed);
          piece.copy(changed, to);
        }
    }
  }
  return changed;
}
