import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { until } from './until.ts';

/** A real reverse proxy on loopback. */
export interface Proxy extends AsyncDisposable {
  readonly port: number;
}

export interface ProxyProgram {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** @default that of this process */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** On which it listens. */
  readonly port: number;
  /** Removed with it. */
  readonly folder: string;
  /** For the program to listen. @default that of `until` */
  readonly timeoutMs?: number;
}

/** @throws Error with what the program has printed, if it does not start. */
export async function startProxy(program: ProxyProgram): Promise<Proxy> {
  const { name, command, args, env, port, folder, timeoutMs } = program;
  const child = spawn(command, args, {
    stdio: ['ignore', 'ignore', 'pipe'],
    ...(env !== undefined && { env }),
  });
  let printed = '';
  child.stderr.on('data', (chunk) => (printed += String(chunk)));
  const exited = once(child, 'exit');
  await until(
    async () => child.exitCode !== null || (await isOpen(port)),
    () => `${name} to listen: ${printed}`,
    { intervalMs: 20, ...(timeoutMs !== undefined && { timeoutMs }) },
  );
  if (child.exitCode !== null) throw new Error(`${name} did not start: ${printed}`);
  return {
    port,
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM');
      await exited;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
