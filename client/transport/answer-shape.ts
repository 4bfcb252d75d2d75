import type { CallPath } from './call-path.ts';
import type { ProcedureMap } from '../generated/contract.ts';
import { notStagewire } from './parse-error.ts';

type Kind = 'string' | 'number' | 'object' | 'list';

/**
 * The fields of a reply that this client and the hooks rely on. Without this check, a malformed reply would cause a
 * TypeError much later, somewhere in an app.
 */
const neededFields: { readonly [P in CallPath]?: Readonly<Record<string, Kind>> | 'list' } = {
  'runs.start': { runId: 'string', cursor: 'string' },
  'runs.steer': { commandId: 'string', cursor: 'string' },
  'runs.redirect': { commandId: 'string', cursor: 'string' },
  'runs.cancel': { commandId: 'string', cursor: 'string' },
  'runs.get': {
    runId: 'string',
    status: 'string',
    seq: 'number',
    cursor: 'string',
    stages: 'list',
    commands: 'list',
  },
  'runs.list': { items: 'list', feedCursor: 'string' },
  'runs.files': 'list',
  'keys.list': 'list',
};

/**
 * @throws StagewireClientError NOT_STAGEWIRE, if a reply lacks required fields, or belongs to another run or command
 * than the request: a proxy caches or mixes up replies.
 */
export function checkAnswer<P extends CallPath>(
  path: P,
  answer: unknown,
  input: ProcedureMap[P]['input'],
): ProcedureMap[P]['output'] {
  const needed = neededFields[path];
  const wrong =
    needed === 'list'
      ? Array.isArray(answer)
        ? undefined
        : 'it is no list'
      : (wrongField(answer, needed ?? {}) ?? foreignId(answer, input));
  if (wrong === undefined) return answer as ProcedureMap[P]['output'];
  throw notStagewire(200, `to ${path}, ${wrong}`);
}

function wrongField(answer: unknown, needed: Readonly<Record<string, Kind>>): string | undefined {
  if (kindOf(answer) !== 'object') return 'it is no object';
  const fields = answer as Readonly<Record<string, unknown>>;
  const wrong = Object.entries(needed).find(([name, kind]) => kindOf(fields[name]) !== kind);
  return wrong === undefined ? undefined : `its field "${wrong[0]}" is not there or is no ${wrong[1]}`;
}

function foreignId(answer: unknown, input: unknown): string | undefined {
  const asked = { ...(input as Readonly<Record<string, unknown>> | undefined) };
  const got = answer as Readonly<Record<string, unknown>>;
  const name = ['runId', 'commandId'].find(
    (it) => typeof asked[it] === 'string' && typeof got[it] === 'string' && asked[it] !== got[it],
  );
  return name === undefined ? undefined : `its "${name}" is not the one that was asked for`;
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return 'list';
  return value === null ? 'null' : typeof value;
}
