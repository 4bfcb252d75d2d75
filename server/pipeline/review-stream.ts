import type { ReviewIssue } from '@stagewire/shared';
import { JSONParser, TokenType } from '@streamparser/json';
import { readIssue } from './review-issue.ts';

/** A reviewer's text, read while it is written. */
export interface ReviewStream {
  /** Takes the next piece; every issue that is whole with it has been told when this returns. */
  write(text: string): void;
  /** What the text held as a whole: the one JSON object in it, not yet validated, or why there is none. */
  end(): WholeObject | { readonly problem: string };
}

/** The one object of a text. */
export interface WholeObject {
  readonly document: unknown;
  /** Where it stands in the text, in UTF-16 units. */
  readonly from: number;
  readonly to: number;
  /** Whether any key of it, at whatever depth, comes twice. */
  readonly hasRepeatedKey: boolean;
}

const openingTags = ['<think>', '<thinking>'];
const closingTags = ['</think>', '</thinking>'];
const allTags = [...openingTags, ...closingTags];
/** Deeper than any review; what is deeper is no JSON to us. */
const maxDepth = 50;
/** A text that holds more objects than this is not read on: each of them costs a parser of its own. */
const maxObjects = 1000;
/**
 * Nor is a longer text: each character inside an object takes about a microsecond, and the whole text is read again at
 * the end, in one turn of the event loop.
 */
const maxReadChars = 1_000_000;
/** Issues beyond these are not told. */
const maxTold = 1000;
const reviewKeys: ReadonlySet<unknown> = new Set(['issues', 'verdict']);

/**
 * Finds the review in a text that may have prose, a fence or thinking in tags around it, and tells each of its
 * issues as soon as its JSON is whole, read as `readIssue` reads it. How the text is cut into
 * pieces makes no difference. Never throws by itself, costs linear time, and goes on after whatever is no JSON.
 *
 * It is deliberately hard to please at the end: a review object that breaks off, a second one, a key that comes
 * twice, or thinking that turns out to end behind the object is a problem, so that none of them can pass as
 * somebody's approval.
 */
export function createReviewStream(onIssue: (issue: ReviewIssue) => void): ReviewStream {
  let mode: 'prose' | 'thinking' | 'brace' | 'object' | 'string' = 'prose';
  /** The beginning of a tag, as far as it has come. */
  let tag = '';
  let isEscaped = false;
  let wasSpace = false;
  let candidate: Candidate | undefined;
  let first: Candidate | undefined;
  let contradiction: string | undefined;
  let objects = 0;
  let told = 0;
  /** How much of the text was read before this piece, where the latest brace stood, and where `first` stands. */
  let readBefore = 0;
  let position = 0;
  let braceAt = 0;
  let from = 0;
  let to = 0;

  function write(text: string): void {
    const readable = text.slice(0, Math.max(0, maxReadChars - readBefore));
    for (let index = 0; index < readable.length && objects <= maxObjects;) {
      position = readBefore + index;
      index = mode === 'string' ? readString(readable, index) : index + readChar(readable.charAt(index));
    }
    readBefore += text.length;
  }

  /** Returns how many characters it has taken: 0 if the same one is to be read again in another mode. */
  function readChar(char: string): 0 | 1 {
    switch (mode) {
      case 'prose':
      case 'thinking':
        readTag(char);
        if (mode === 'prose' && char === '{') {
          mode = 'brace';
          braceAt = position;
        }
        return 1;
      case 'brace':
        if (isSpace(char)) return 1;
        // Only an object with a key can be a review; this keeps braces in prose and code out cheaply.
        mode = char === '"' ? 'object' : 'prose';
        if (mode === 'prose') return 0;
        objects += 1;
        candidate = createCandidate();
        feed('{');
        return 0;
      case 'object':
        if (char === '"') {
          mode = 'string';
          isEscaped = false;
          wasSpace = false;
          feed(char);
          return 1;
        }
        // One character at a time, so that an object ends, or fails, at the same place however the text is cut.
        if (!isSpace(char)) feed(char);
        else if (!wasSpace) feed(' ');
        wasSpace = isSpace(char);
        return 1;
      case 'string':
        return 0;
      default:
        return mode satisfies never;
    }
  }

  /** Takes the rest of a string's characters, as far as `text` has them, and returns where it stopped. */
  function readString(text: string, from: number): number {
    let index = from;
    while (index < text.length && mode === 'string') {
      const char = text.charAt(index);
      if (char === '"' && !isEscaped) mode = 'object';
      isEscaped = char === '\\' && !isEscaped;
      index += 1;
    }
    feed(text.slice(from, index));
    return index;
  }

  function readTag(char: string): void {
    if (tag === '' && char !== '<') return;
    tag = allTags.some((known) => known.startsWith(tag + char)) ? tag + char : char === '<' ? '<' : '';
    if (openingTags.includes(tag)) mode = 'thinking';
    else if (closingTags.includes(tag)) {
      // Some servers send thinking without its opening tag: then the object before it was only a draft.
      if (mode === 'prose' && first !== undefined) contradiction = 'the answer goes on behind the object';
      mode = 'prose';
    } else return;
    tag = '';
  }

  function feed(piece: string): void {
    if (candidate === undefined) return leave();
    const issues = candidate.write(piece);
    const isCurrent = first === undefined && !candidate.hasRepeatedList;
    if (candidate.status !== 'open') leave();
    if (!isCurrent) return;
    for (const issue of issues) {
      const read = readIssue(issue);
      if (!('issue' in read) || told === maxTold) continue;
      told += 1;
      onIssue(read.issue);
    }
  }

  /** Goes back to prose, but not before the string that a failed object broke off in is over. */
  function leave(): void {
    if (candidate?.isReview === true) {
      if (first !== undefined) contradiction = 'there is more than one object';
      else {
        first = candidate;
        from = braceAt;
        // An object ends outside its strings, where one character is taken at a time.
        to = position + 1;
      }
    }
    candidate = undefined;
    wasSpace = false;
    if (mode === 'object') mode = 'prose';
  }

  function end(): ReturnType<ReviewStream['end']> {
    if (readBefore > maxReadChars) return { problem: `the text has more than ${maxReadChars} characters` };
    if (objects > maxObjects) return { problem: `there are more than ${maxObjects} objects` };
    if (candidate?.isReview === true) return { problem: 'the JSON object is cut off before its end' };
    if (contradiction !== undefined) return { problem: contradiction };
    if (first === undefined)
      return { problem: 'there is no JSON object with the keys "issues" and "verdict"' };
    if (first.status !== 'whole') return { problem: 'the JSON object is not valid JSON' };
    if (first.hasRepeatedList) return { problem: 'the key "issues" or "verdict" comes twice' };
    const { document, hasRepeatedKey } = first;
    return { document, from, to, hasRepeatedKey };
  }

  return { write, end };
}

/** One JSON object, which may be a review. */
interface Candidate {
  readonly status: 'open' | 'whole' | 'failed';
  /** Whether one of the review's keys has come, at whatever depth. */
  readonly isReview: boolean;
  /** Whether `issues` or `verdict` comes twice at the top. */
  readonly hasRepeatedList: boolean;
  readonly hasRepeatedKey: boolean;
  readonly document: unknown;
  /** Returns the elements of `issues` that are whole with this piece. */
  write(piece: string): readonly unknown[];
}

function createCandidate(): Candidate {
  let status: Candidate['status'] = 'open';
  let document: unknown;
  let issues: unknown[] = [];
  let lastValue: unknown;
  let isReview = false;
  let hasRepeatedList = false;
  let hasRepeatedKey = false;
  /** The keys of each object that is open; lists have a set too, which stays empty. */
  const keys: Set<unknown>[] = [];

  const parser = new JSONParser({ paths: ['$', '$.issues.*'] });
  parser.onToken = ({ token, value }) => {
    if (token === TokenType.LEFT_BRACE || token === TokenType.LEFT_BRACKET) keys.push(new Set());
    if (keys.length > maxDepth) throw new RangeError('nested too deeply');
    if (token === TokenType.RIGHT_BRACE || token === TokenType.RIGHT_BRACKET) keys.pop();
    if (token === TokenType.COLON) {
      if (keys.at(-1)?.has(lastValue) === true) {
        hasRepeatedKey = true;
        if (keys.length === 1 && reviewKeys.has(lastValue)) hasRepeatedList = true;
      }
      keys.at(-1)?.add(lastValue);
      if (reviewKeys.has(lastValue)) isReview = true;
    }
    lastValue = value;
  };
  parser.onValue = ({ value, parent, stack }) => {
    if (stack.length === 0) document = value;
    else if (Array.isArray(parent)) issues.push(value);
  };

  return {
    get status() {
      return status;
    },
    get isReview() {
      return isReview;
    },
    get hasRepeatedList() {
      return hasRepeatedList;
    },
    get hasRepeatedKey() {
      return hasRepeatedKey;
    },
    get document() {
      return document;
    },
    write(piece) {
      issues = [];
      try {
        parser.write(piece);
        if (parser.isEnded) status = 'whole';
      } catch {
        // Text that is no JSON is an ordinary outcome here: `status` says so, and `end` tells the reader.
        status = 'failed';
      }
      return issues;
    },
  };
}

function isSpace(char: string): boolean {
  return char === ' ' || char === '\n' || char === '\r' || char === '\t';
}
