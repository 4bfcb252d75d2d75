/** How a rehearsal behaves: everything that a ModelRef can configure. */
export interface RehearsalShape {
  /** Milliseconds from the call to the first token. Default: 250. */
  readonly ttftMs: number;
  /** Tokens per second, at about four chars per token; 0: no pacing. Default: 60. */
  readonly tokensPerSecond: number;
  /** Length of the whole text in chars, kept text included. Default: the text's natural length. */
  readonly chars: number | undefined;
  /** Runs with the same seed produce the same output. Default: derived from the run's id. */
  readonly seed: number | undefined;
  /** Chars of reasoning before the text; 0: none. Default: a few sentences. */
  readonly reasoningChars: number | undefined;
  /** The reviewer's verdict. Default: changes at its first visit, then approved. */
  readonly verdict: 'approved' | 'changes' | 'alternate' | undefined;
  /** The first one that matches role and attempt is applied. */
  readonly faults: readonly RehearsalFault[];
}

export interface RehearsalFault {
  readonly kind: FaultKind;
  /** How many chars of the attempt's own text precede it; 0 for kinds without a number. */
  readonly afterChars: number;
  /** The only role it applies to; `undefined`: every role. */
  readonly role: string | undefined;
  /** It applies to a stage's first attempts, up to this number; `undefined`: to all of them. */
  readonly attempts: number | undefined;
}

export type FaultKind = keyof typeof faultKinds;

/** Every kind of fault, and whether it requires a number of chars. */
const faultKinds = {
  stall: 'chars',
  truncate: 'chars',
  error: 'chars',
  drop: 'chars',
  refuse: 'alone',
  auth: 'alone',
  empty: 'alone',
  invalid: 'alone',
} as const;

/** An invalid shape: the key, the value, and what is allowed. */
export class RehearsalShapeError extends Error {
  override readonly name = 'RehearsalShapeError';
  readonly key: string;
  readonly value: string;
  readonly allowed: string;

  constructor(key: string, value: string, allowed: string) {
    super(
      Object.hasOwn(ranges, key) || key === 'fault' || key === 'verdict'
        ? `Invalid rehearsal option ${key}=${value}: ${allowed}.`
        : `Unknown rehearsal option "${key}": ${allowed}.`,
    );
    this.key = key;
    this.value = value;
    this.allowed = allowed;
  }
}

const ranges = {
  ttft: { most: 600_000, whole: true, unit: 'milliseconds' },
  tps: { most: 1_000_000, whole: false, unit: 'tokens per second, 0 for no pacing' },
  chars: { least: 1, most: 2_000_000, whole: true, unit: 'characters' },
  seed: { most: 4_294_967_295, whole: true, unit: 'a number' },
  reasoning: { most: 100_000, whole: true, unit: 'characters, 0 for none' },
} as const satisfies Record<string, Range>;

interface Range {
  readonly least?: number;
  readonly most: number;
  readonly whole: boolean;
  readonly unit: string;
}

const faultGrammar =
  'write [role.]kind[@chars][x attempts], for example stall@2000, coder.error@200x2 or reviewer.invalidx1; ' +
  'stall, truncate, error and drop need @chars; refuse, auth, empty and invalid take none';

/**
 * Parses what follows `rehearsal/` in a ModelRef. The empty text selects every default.
 *
 *     shape    = "" | pair { "," pair }
 *     pair     = "ttft=" ms | "tps=" number | "chars=" n | "seed=" n | "reasoning=" n
 *              | "verdict=" ( "approved" | "changes" | "alternate" ) | "fault=" fault
 *     fault    = [ role "." ] kind [ "@" n ] [ "x" n ]
 *     kind     = "stall" | "truncate" | "error" | "drop"            with "@" n
 *              | "refuse" | "auth" | "empty" | "invalid"            without
 *
 * `@2000`: the fault occurs after this many chars of the attempt's own text, or after all of it if it is shorter.
 * `coder.`: only in this role. `x2`: only in a stage's first two attempts. `fault` may be given several times, every
 * other key once.
 *
 * - `stall`: nothing more is sent until the call is aborted.
 * - `truncate`: the stream ends before it is complete. `drop`: the connection is lost. `error`: the provider reports
 *   during the stream that it is overloaded. All three are retryable.
 * - `refuse`: the request is rejected. `auth`: the key is rejected. Neither is retryable.
 * - `empty`: a complete answer without a char. `invalid`: a review that is not JSON (reviewer only).
 *
 * @throws RehearsalShapeError with key, value and what is allowed.
 */
export function parseRehearsalShape(text: string): RehearsalShape {
  const given = new Map<string, string>();
  const faults: RehearsalFault[] = [];
  for (const pair of text === '' ? [] : text.split(',')) {
    const [key = '', ...rest] = pair.split('=');
    const value = rest.join('=');
    if (key === 'fault') {
      faults.push(readFault(value));
      continue;
    }
    if (key !== 'verdict' && !Object.hasOwn(ranges, key)) {
      throw new RehearsalShapeError(key, value, `use ${Object.keys(ranges).join(', ')}, verdict or fault`);
    }
    if (given.has(key)) throw new RehearsalShapeError(key, value, 'it is given twice, use it once');
    given.set(key, value);
  }
  return {
    ttftMs: readNumber(given, 'ttft') ?? 250,
    tokensPerSecond: readNumber(given, 'tps') ?? 60,
    chars: readNumber(given, 'chars'),
    seed: readNumber(given, 'seed'),
    reasoningChars: readNumber(given, 'reasoning'),
    verdict: readVerdict(given.get('verdict')),
    faults,
  };
}

function readNumber(given: ReadonlyMap<string, string>, key: keyof typeof ranges): number | undefined {
  const value = given.get(key);
  if (value === undefined) return undefined;
  const { least = 0, most, whole, unit }: Range = ranges[key];
  const number = Number(value);
  const form = whole ? /^\d{1,10}$/ : /^\d{1,10}(\.\d{1,6})?$/;
  if (!form.test(value) || number < least || number > most) {
    throw new RehearsalShapeError(
      key,
      value,
      `use ${whole ? 'a whole number' : 'a number'} from ${least} to ${most} (${unit})`,
    );
  }
  return number;
}

function readVerdict(value: string | undefined): RehearsalShape['verdict'] {
  if (value === undefined || value === 'approved' || value === 'changes' || value === 'alternate')
    return value;
  throw new RehearsalShapeError('verdict', value, 'use approved, changes or alternate');
}

function readFault(value: string): RehearsalFault {
  const match = /^(?:([a-z][a-z0-9-]{0,31})\.)?([a-z]+?)(?:@(\d{1,7}))?(?:x([1-9]\d{0,2}))?$/.exec(value);
  const [, role, kind, afterChars, attempts] = match ?? [];
  if (kind === undefined || !isFaultKind(kind)) throw new RehearsalShapeError('fault', value, faultGrammar);
  if ((faultKinds[kind] === 'chars') !== (afterChars !== undefined)) {
    throw new RehearsalShapeError('fault', value, faultGrammar);
  }
  return {
    kind,
    afterChars: Number(afterChars ?? 0),
    role,
    attempts: attempts === undefined ? undefined : Number(attempts),
  };
}

function isFaultKind(kind: string): kind is FaultKind {
  return Object.hasOwn(faultKinds, kind);
}
