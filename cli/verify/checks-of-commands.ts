import type { Receipt } from '@stagewire/shared';
import { untestable, type Check } from './check.ts';
import { fits, holds, same } from './expectation.ts';
import { namedFields, rejectedWith } from './rejections.ts';
import { eventsOf, hasText, stalling } from './rehearsed-runs.ts';
import { dataOf, type RunInput, type CheckTools } from './verify-kit.ts';

/** C1 to C9: ids, receipts, the order of validations, and `expect`. */
export const checksOfCommands: readonly Check[] = [
  {
    rule: 'C1',
    name: 'a commandId with the same body (defaults applied) returns the stored receipt, also after the run has ended',
    async run(kit) {
      const { wire, runId, events } = await stalled(kit);
      const steer = { runId, commandId: kit.newCommandId(), text: 'Shorter', expect: { stage: 1 } };
      const first = dataOf(await kit.command(wire, 'runs.steer', steer));
      const spelled = { ...steer, mode: 'restart', scope: 'run' };
      same(
        'the receipt of the body with its defaults',
        dataOf(await kit.command(wire, 'runs.steer', spelled)),
        first,
      );
      dataOf(await kit.command(wire, 'runs.cancel', { runId, target: 'run' }));
      const entries = await events.ended();
      same('the receipt after the end', dataOf(await kit.command(wire, 'runs.steer', steer)), first);
      const accepted = eventsOf(entries).filter(({ type }) => type === 'command.accepted');
      same('how many were accepted, the cancel included', accepted.length, 2);
    },
  },
  {
    rule: 'C1',
    name: 'a commandId with another body is rejected with COMMAND_ID_CONFLICT',
    async run(kit) {
      const { wire, runId } = await stalled(kit);
      const steer = { runId, commandId: kit.newCommandId(), text: 'Shorter', expect: 'any' };
      dataOf(await kit.command(wire, 'runs.steer', steer));
      const other = await kit.command(wire, 'runs.steer', { ...steer, text: 'Longer' });
      const { details } = rejectedWith(other, 'COMMAND_ID_CONFLICT').data.stagewire;
      same('its details', details, { commandId: steer.commandId });
    },
  },
  {
    rule: 'C2',
    name: 'RUN_ENDED, with the status, takes precedence over expect',
    async run(kit) {
      const { wire, runId, events } = await stalled(kit);
      dataOf(await kit.command(wire, 'runs.cancel', { runId, target: 'run' }));
      await events.ended();
      const late = await kit.command(wire, 'runs.steer', { runId, expect: { stage: 9 } });
      fits('its details', rejectedWith(late, 'RUN_ENDED').data.stagewire.details, { status: 'cancelled' });
    },
  },
  {
    rule: 'C2',
    name: 'expect takes precedence over ILLEGAL_TARGET, and the id of a rejected command may be reused',
    async run(kit) {
      const { wire, runId } = await stalled(kit);
      const commandId = kit.newCommandId();
      const redirect = { runId, commandId, to: 'wizard' };
      rejectedWith(
        await kit.command(wire, 'runs.redirect', { ...redirect, expect: { stage: 9 } }),
        'STAGE_MISMATCH',
      );
      rejectedWith(
        await kit.command(wire, 'runs.redirect', { ...redirect, expect: 'any' }),
        'ILLEGAL_TARGET',
      );
      dataOf(await kit.command(wire, 'runs.redirect', { runId, commandId, to: 'coder', expect: 'any' }));
    },
  },
  {
    rule: 'C3',
    name: 'a receipt has the cursor and the target of command.accepted',
    async run(kit) {
      const { wire, runId, events } = await stalled(kit);
      const receipt = dataOf(await kit.command(wire, 'runs.steer', { runId, expect: 'any' })) as Receipt;
      const { event, cursor } = await events.first(
        ({ type }) => type === 'command.accepted',
        'command.accepted',
      );
      same('the cursor', receipt.cursor, cursor);
      same('the target', receipt.target, { stage: 1, role: 'architect', attempt: 1 });
      fits('the event', event, { commandId: receipt.commandId, target: receipt.target });
    },
  },
  {
    rule: 'E10',
    name: 'command.accepted has the whole parsed input, with its kind and its defaults',
    async run(kit) {
      const { wire, runId, events } = await stalled(kit);
      const commandId = kit.newCommandId();
      const input = { runId, commandId, text: 'Shorter', expect: { role: 'architect' } };
      dataOf(await kit.command(wire, 'runs.steer', { ...input, text: '  Shorter ' }));
      const { event } = await events.first(({ type }) => type === 'command.accepted', 'command.accepted');
      fits('the event', event, {
        commandId,
        command: { ...input, mode: 'restart', scope: 'run', kind: 'steer' },
      });
    },
  },
  {
    rule: 'C6',
    name: 'too many pending commands are rejected with TOO_MANY_PENDING, except a cancel of the run',
    async run(kit) {
      const { wire, runId, events } = await stalled(kit);
      const { maxPendingCommands = 64 } = kit.info.limits;
      const next = { runId, mode: 'next', expect: 'any' };
      for (let index = 0; index < maxPendingCommands; index += 1)
        dataOf(await kit.command(wire, 'runs.steer', next));
      rejectedWith(await kit.command(wire, 'runs.steer', next), 'TOO_MANY_PENDING', 'one more');
      dataOf(await kit.command(wire, 'runs.cancel', { runId, target: 'run' }));
      const dropped = eventsOf(await events.ended()).filter(({ type }) => type === 'command.dropped');
      same('how many are dropped', dropped.length, maxPendingCommands);
    },
  },
  {
    rule: 'C7',
    name: 'expect is required except for cancel run, and named in the error if it is missing',
    async run(kit) {
      const { wire, runId } = await stalled(kit);
      const without = [
        ['runs.steer', {}],
        ['runs.redirect', { to: 'coder' }],
        ['runs.cancel', { target: 'stage' }],
      ] as const;
      for (const [path, input] of without) {
        const error = rejectedWith(await kit.command(wire, path, { runId, ...input }), 'INVALID_INPUT', path);
        same(`the fields named by ${path}`, namedFields(error), ['expect']);
      }
      dataOf(await kit.command(wire, 'runs.cancel', { runId, target: 'run' }));
    },
  },
  {
    rule: 'C8',
    name: 'an expect that does not match is rejected with STAGE_MISMATCH {expected, actual}, without effect',
    async run(kit) {
      const { wire, runId, events } = await stalled(kit);
      const actual = { stage: 1, role: 'architect', attempt: 1 };
      for (const expected of [{ stage: 2 }, { stage: 1, attempt: 2 }, { role: 'coder' }]) {
        const error = rejectedWith(
          await kit.command(wire, 'runs.steer', { runId, expect: expected }),
          'STAGE_MISMATCH',
        );
        same('its details', error.data.stagewire.details, { expected, actual });
      }
      for (const expect of [{ stage: 1 }, { stage: 1, attempt: 1 }, { role: 'architect' }, 'any']) {
        dataOf(await kit.command(wire, 'runs.steer', { runId, mode: 'next', expect }));
      }
      dataOf(await kit.command(wire, 'runs.cancel', { runId, target: 'run' }));
      const accepted = eventsOf(await events.ended()).filter(({ type }) => type === 'command.accepted');
      same('how many were accepted, the cancel included', accepted.length, 5);
    },
  },
  {
    rule: 'C9',
    name: 'during backoff the failed attempt matches, and a steer ends the backoff',
    async run(kit) {
      const wire = await kit.wire();
      const { runId, events } = await kit.begin(wire, {
        shape: 'ttft=0,tps=0,seed=7,fault=drop@40x2',
        roles: ['documenter'],
      });
      const failed = await events.first(
        (event) => event.type === 'stage.failed' && event.attempt === 2,
        'the second failure',
      );
      holds(
        failed.event.type === 'stage.failed' && failed.event.retryInMs !== undefined,
        'retryInMs',
        failed.event,
      );
      const frame = await kit.command(wire, 'runs.steer', { runId, expect: { stage: 1, attempt: 2 } });
      same('the target', (dataOf(frame) as Receipt).target, { stage: 1, role: 'documenter', attempt: 2 });
      const started = await events.first(
        (event) => event.type === 'stage.started' && event.attempt === 3,
        'the third attempt',
      );
      fits('it', started.event, { cause: 'steer', keptChars: 0 });
    },
  },
  untestable('C9', 'while queued only “any” matches', 'the server would have to be at its limit', ['C11']),
  untestable('C13', 'a redirect while queued is applied at once', 'the server would have to be at its limit'),
];

/** A run whose attempts write a short text and then wait for commands. */
export async function stalled(kit: CheckTools, input: RunInput = {}) {
  const wire = await kit.wire();
  const { runId, events } = await kit.begin(wire, {
    shape: stalling,
    roles: ['architect', 'coder'],
    ...input,
  });
  await hasText(events, { stage: 1, attempt: 1 });
  return { wire, runId, events };
}
