import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../support/free-port.ts';
import { cpuUsBelow } from '../nodes/process-cpu.ts';
import type { Usage } from '../process-messages.ts';
import { Unavailable } from './peer.ts';

export interface Redis extends AsyncDisposable {
  readonly url: string;
  usage(): Pick<Usage, 'cpuUs' | 'rssBytes'>;
}

/** `timeout` ends it even if the bench is killed. */
const mostSeconds = 1200;
const pageBytes = 4096;

/** A Redis of its own on a free port, without persistence. @throws Unavailable if there is none on this machine. */
export async function startRedis(folder: string): Promise<Redis> {
  const port = await freePort();
  const options = [
    '--port',
    String(port),
    '--bind',
    '127.0.0.1',
    '--save',
    '',
    '--appendonly',
    'no',
    '--dir',
    folder,
  ];
  const child = spawn('timeout', [String(mostSeconds), 'redis-server', ...options], { stdio: 'ignore' });
  const ended = Promise.race([once(child, 'exit'), once(child, 'error')]).catch(() => undefined);
  let isOver = false;
  void ended.then(() => (isOver = true));
  const kill = () => child.kill('SIGTERM');
  process.once('exit', kill);
  for (let time = 0; !(await answers(port)); time += 1) {
    if (isOver || time === 100) {
      kill();
      throw new Unavailable('there is no `redis-server` (Debian: `apt-get install redis-server`)');
    }
    await sleep(50);
  }
  const pid = child.pid ?? 0;
  return {
    url: `redis://127.0.0.1:${port}`,
    usage: () => ({ cpuUs: cpuUsBelow(pid), rssBytes: residentBytes(childOf(pid)) }),
    async [Symbol.asyncDispose]() {
      process.off('exit', kill);
      kill();
      await ended;
    },
  };
}

function childOf(pid: number): number {
  return Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ')[0]);
}

function residentBytes(pid: number): number {
  return Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]) * pageBytes;
}

async function answers(port: number): Promise<boolean> {
  const socket = connect({ port, host: '127.0.0.1' });
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
