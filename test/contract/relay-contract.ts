import { StagewireError, type Command, type Receipt } from '@stagewire/shared';
import { describe, expect, test } from 'vitest';
import type { HeartbeatReport } from '../../server/cluster/heartbeat-channel.ts';
import { localPrincipal } from '../../server/identity/principal.ts';
import { createRunScript, runIdOf } from '../support/run-script.ts';
import { until } from '../support/until.ts';
import type { TwoNodes } from './two-nodes-contract.ts';

const command = (runId: string, commandId = '00000000-0000-4000-8000-000000000001'): Command => ({
  kind: 'cancel',
  target: 'run',
  commandId,
  runId,
});

/** What two nodes send each other: commands with their receipts, and heartbeats. */
export function relayContract(open: () => Promise<TwoNodes>): void {
  describe('commands between nodes', () => {
    const started = async (it: TwoNodes) => {
      const run = createRunScript(runIdOf(1));
      await it.done(Promise.all([it.a.ownership.renew(), it.b.ownership.renew()]));
      await it.done(it.a.log.append({ ...run.begin(), claim: true }));
      return run.runId;
    };
    const receipt: Receipt = {
      commandId: '00000000-0000-4000-8000-000000000001',
      cursor: 'x',
      outcome: 'applied',
    } as unknown as Receipt;

    test('a command is decided by the node of its run, and its receipt returns', async () => {
      await using it = await open();
      const runId = await started(it);
      const decided: unknown[] = [];
      it.a.commands.serve((given, principal) => {
        decided.push([given, principal]);
        return Promise.resolve(receipt);
      });
      expect(await it.done(it.b.commands.deliver(command(runId), localPrincipal))).toEqual(receipt);
      expect(decided).toEqual([[command(runId), localPrincipal]]);
    });

    test('what that node rejects is rejected here with the same code, message and details', async () => {
      await using it = await open();
      const runId = await started(it);
      const error = new StagewireError('RUN_ENDED', 'The run has ended.', {
        details: { status: 'completed' },
      });
      it.a.commands.serve(() => Promise.reject(error));
      await expect(it.done(it.b.commands.deliver(command(runId), localPrincipal))).rejects.toMatchObject({
        name: 'StagewireError',
        code: error.code,
        message: error.message,
        details: error.details,
      });
    });

    test('without a node that has the run and a lease there is no executor', async () => {
      await using it = await open();
      const runId = await started(it);
      expect(await it.done(it.b.commands.deliver(command(runIdOf(9)), localPrincipal))).toBe('no-executor');
      expect(await it.done(it.a.commands.deliver(command(runId), localPrincipal))).toBe('no-executor');
      await it.passLeases();
      expect(await it.done(it.b.commands.deliver(command(runId), localPrincipal))).toBe('no-executor');
    });

    test('a command whose notification was lost is found by polling', async () => {
      await using it = await open();
      const runId = await started(it);
      it.a.setFaults({ lost: 1 });
      it.b.setFaults({ lost: 1 });
      it.a.commands.serve(() => Promise.resolve(receipt));
      const delivered = it.b.commands.deliver(command(runId), localPrincipal);
      let isDone = false;
      const settled = delivered.finally(() => {
        isDone = true;
      });
      await until(async () => {
        await it.passMoment();
        it.a.commands.poll();
        return isDone;
      }, 'the receipt');
      expect(await settled).toEqual(receipt);
    });

    test('a node that has lost the run after it took a command gives no receipt', async () => {
      await using it = await open();
      const runId = await started(it);
      const taken = Promise.withResolvers<void>();
      it.a.commands.serve(() => {
        taken.resolve();
        return new Promise(() => undefined);
      });
      const delivered = it.b.commands.deliver(command(runId), localPrincipal);
      await it.done(taken.promise);
      await it.done(it.a.ownership.release([runId]));
      expect(await it.done(delivered)).toBe('no-executor');
    });
  });

  test('heartbeats reach the other node and not the own one', async () => {
    await using it = await open();
    const got: HeartbeatReport[] = [];
    const own: HeartbeatReport[] = [];
    it.b.heartbeats.subscribe((reports) => got.push(...reports));
    it.a.heartbeats.subscribe((reports) => own.push(...reports));
    const reports = Array.from({ length: 100 }, (_, number): HeartbeatReport => {
      return { runId: runIdOf(number), heartbeat: { type: 'run.waiting', phase: 'log', elapsedMs: number } };
    });
    it.a.heartbeats.publish(reports);
    await until(async () => {
      await it.passMoment();
      return got.length >= reports.length;
    }, 'all heartbeats');
    expect(got).toEqual(reports);
    expect(own).toEqual([]);
  });
}
