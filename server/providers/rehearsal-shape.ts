/** How a rehearsal behaves; everything that a ModelRef may ask of it. */
export interface RehearsalShape {
  /** Milliseconds from the call to the first token. Default 250. */
  readonly ttftMs: number;
  /** Tokens per second, a token being about four characters; 0: as fast as they are read. Default 60. */
  readonly tokensPerSecond: number;
  /** Length of the whole text in characters, kept text included. Default: as long as it comes out. */
  readonly chars: number | undefined;
  /** Runs of one seed say the same. Default: the run's id decides. */
  readonly seed: number | undefined;
  /** Characters of reasoning before the text; 0: none. Default: a few sentences. */
  readonly reasoningChars: number | undefined;
  /** What the reviewer says. Default: changes at its first visit, approved from then on. */
  readonly verdict: 'approved' | 'changes' | 'alternate' | undefined;
  /** The first one that fits role and attempt happens. */
  readonly faults: readonly RehearsalFault[];
}

export interface RehearsalFault {
  readonly kind: FaultKind;
  /** How many characters of the attempt's own text come before it; kinds that take no number: 0. */
  readonly afterChars: number;
  /** The only role that it happens in; `undefined`: in every role. */
  readonly role: string | undefined;
  /** It happens in a stage's first so many attempts; `undefined`: in all of them. */
  readonly attempts: number | undefined;
}

export type FaultKind = keyof typeof faultKinds;

/** Every kind of fault, and whether it wants to be told after how many characters. */
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

/** A shape that cannot be read: which key, which value, and what would be allowed. */
export class RehearsalShapeError extends Error {
  override readonly name = 'RehearsalShapeError';
  readonly key: string;
  readonly value: string;
  readonly allowed: string;

  constructor(key: string, value: string, allowed: string) {
    super(
      Object.hasOwn(ranges, key) || key === 'fault' || key === 'verdict'
        ? `The rehearsal cannot take ${key}=${value}: ${allowed}.`
        : `The rehearsal does not know "${key}": ${allowed}.`,
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
  'a fault is [role.]kind[@chars][x attempts], as in stall@2000, coder.error@200x2 or reviewer.invalidx1; ' +
  'stall, truncate, error and drop need @chars; refuse, auth, empty and invalid take none';

/**
 * Reads what follows `rehearsal/` in a ModelRef; the empty text is every default.
 *
 *     shape    = "" | pair { "," pair }
 *     pair     = "ttft=" ms | "tps=" number | "chars=" n | "seed=" n | "reasoning=" n
 *              | "verdict=" ( "approved" | "changes" | "alternate" ) | "fault=" fault
 *     fault    = [ role "." ] kind [ "@" n ] [ "x" n ]
 *     kind     = "stall" | "truncate" | "error" | "drop"            with "@" n
 *              | "refuse" | "auth" | "empty" | "invalid"            without
 *
 * `@2000` is how many characters of the attempt's own text come first (or all of it, if it is shorter), `coder.`
 * the only role it happens in, `x2` that it happens in a stage's first two attempts only. `fault` may be given
 * several times, anything else once.
 *
 * - `stall`: nothing more comes, until the call is aborted.
 * - `truncate`: the stream ends before it is complete. `drop`: the connection is lost. `error`: the provider
 *   says in mid-stream that it is overloaded. All three are retryable.
 * - `refuse`: the request is refused. `auth`: the key is not accepted. Neither is retryable.
 * - `empty`: a complete answer without a character. `invalid`: a review that is not JSON (reviewer only).
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
      throw new RehearsalShapeError(key, value, `write ${Object.keys(ranges).join(', ')}, verdict or fault`);
    }
    if (given.has(key)) throw new RehearsalShapeError(key, value, 'it is there twice, write it once');
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
      `write ${whole ? 'a whole number' : 'a number'} from ${least} to ${most} (${unit})`,
    );
  }
  return number;
}

function readVerdict(value: string | undefined): RehearsalShape['verdict'] {
  if (value === undefined || value === 'approved' || value === 'changes' || value === 'alternate')
    return value;
  throw new RehearsalShapeError('verdict', value, 'write approved, changes or alternate');
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
