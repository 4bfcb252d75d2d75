import { EventEmitter } from 'node:events';
import { describe, expect, test } from 'vitest';
import { createInterrupts } from '../../cli/terminal/interrupts.ts';
import { createFakeClock } from '../support/fake-clock.ts';

/** Enough of a process to be interrupted, which writes down how it exits instead. */
function interruptible() {
  const clock = createFakeClock();
  const exits: unknown[] = [];
  const streams = { stdout: new EventEmitter(), stderr: new EventEmitter() };
  const process = Object.assign(new EventEmitter(), {
    ...streams,
    exit: (code: unknown) => exits.push(code),
  });
  const interrupts = createInterrupts({
    process: process as unknown as NodeJS.Process,
    clock,
    onOutputFailed: (error) => exits.push(error.message),
  });
  const handled: string[] = [];
  return {
    clock,
    exits,
    handled,
    interrupts,
    process,
    handle: () => interrupts.handle((it) => handled.push(it)),
  };
}

describe('an interrupt', () => {
  test('exits at once where no command wants to hear of it', () => {
    const { process, exits } = interruptible();
    process.emit('SIGINT');
    expect(exits).toEqual([130]);
  });

  test('is the command’s the first time, and exits the second time', async () => {
    const { process, exits, handled, handle, clock } = interruptible();
    handle();
    process.emit('SIGINT');
    await clock.advance(1000);
    expect({ handled, exits }).toEqual({ handled: ['interrupt'], exits: [] });
    process.emit('SIGTERM');
    expect({ handled, exits }).toEqual({ handled: ['interrupt'], exits: [143] });
  });

  test('that npm hands on once more is the same press of the keys', async () => {
    const { process, exits, handled, handle, clock } = interruptible();
    handle();
    process.emit('SIGINT');
    await clock.advance(100);
    process.emit('SIGINT');
    expect({ handled, exits }).toEqual({ handled: ['interrupt'], exits: [] });
  });

  test('is also that the reader of the output has closed it, however often that is found', async () => {
    const { process, exits, handled, handle, clock } = interruptible();
    const gone = Object.assign(new Error('write EPIPE'), { code: 'EPIPE' });
    handle();
    process.stdout.emit('error', gone);
    await clock.advance(1000);
    process.stdout.emit('error', gone);
    process.stderr.emit('error', gone);
    expect({ handled, exits }).toEqual({ handled: ['reader-gone'], exits: [] });
  });

  test('is not a full disk, which the command reports', () => {
    const { process, exits, handled, handle } = interruptible();
    handle();
    process.stdout.emit('error', Object.assign(new Error('no space left'), { code: 'ENOSPC' }));
    expect({ handled, exits }).toEqual({ handled: [], exits: ['no space left'] });
  });
});
