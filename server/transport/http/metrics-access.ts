import type { IncomingMessage } from 'node:http';
import type { StagewireError } from '@stagewire/shared';
import { wireErrors } from '@stagewire/shared/wire-errors';
import { hasPermission } from '../../identity/principal.ts';
import { isFromThisMachine, type InternalsAccessOptions } from './internals-access.ts';

/**
 * Why a request may not read the metrics; `undefined` if it may. With authentication its caller needs `metrics:read`, also
 * on the machine of the server, which may have other users. Without it only programs on this machine may.
 */
export function createMetricsAccess(
  options: InternalsAccessOptions,
): (request: IncomingMessage) => Promise<StagewireError | undefined> {
  const { identify, authenticateCaller, isFromProxy = () => false } = options;

  return async (request) => {
    if (identify === undefined) {
      return isFromThisMachine(request) && !isFromProxy(request) ? undefined : wireErrors.FORBIDDEN.metrics();
    }
    const caller = await authenticateCaller(request, null);
    if (caller.status === 'refused') return caller.error;
    return hasPermission(caller.principal, 'metrics:read')
      ? undefined
      : wireErrors.FORBIDDEN.permission('metrics:read');
  };
}
