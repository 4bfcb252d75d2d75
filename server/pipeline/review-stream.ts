import type { ReviewIssue } from '@stagewire/shared';
import { JSONParser, TokenType } from '@streamparser/json';
import { readIssue } from './review-issue.ts';

/** Parses a reviewer's text while it is streamed. */
export interface ReviewStream {
  /** Takes the next piece. `onIssue` has been called for every issue that is complete by the time this returns. */
  write(text: string): void;
  /** The one JSON object of the whole text, not yet validated, or why there is none. */
  end(): WholeObject | { readonly problem: string };
}

/** The one object of a text. */
export interface WholeObject {
  readonly document: unknown;
  /** Its position in the text, in UTF-16 code units. */
  readonly from: number;
  readonly to: number;
  /** Whether any key of it, at any depth, occurs twice. */
  readonly hasRepeatedKey: boolean;
}

const openingTags = ['<think>', '<thinking>'];
const closingTags = ['</think>', '</thinking>'];
const allTags = [...openingTags, ...closingTags];
/** Deeper than any review; a deeper object is rejected. */
const maxDepth = 50;
/** A text with more objects is not read further: each of them needs a parser of its own. */
const maxObjects = 1000;
/**
 * Neither is a longer text: each char inside an object takes about a microsecond, and the whole text is read again
 * at the end, in one turn of the event loop.
 */
const maxReadChars = 1_000_000;
/** Further issues are not emitted. */
const maxEmittedIssues = 1000;
const reviewKeys: ReadonlySet<unknown> = new Set(['issues', 'verdict']);

/**
 * Finds the review in a text that may have prose, a fence or thinking in tags around it, and emits each of its
 * issues as soon as its JSON is complete, read as `readIssue` does. The result does not depend on how the text is
 * split into pieces. Never throws, takes linear time, and continues after anything that is not JSON.
 *
 * `end` is deliberately strict: an incomplete review object, a second one, a repeated key, or thinking that turns
 * out to end after the object is a problem, so that none of them can count as an approval.
 */
export function createReviewStream(onIssue: (issue: ReviewIssue) => void): ReviewStream {
  let mode: 'prose' | 'thinking' | 'brace' | 'object' | 'string' = 'prose';
  /** The part of a tag that has been read so far. */
  let tag = '';
  let isEscaped = false;
  let wasSpace = false;
  let candidate: Candidate | undefined;
  let first: Candidate | undefined;
  let contradiction: string | undefined;
  let objects = 0;
  let emitted = 0;
  /** Chars read before this piece, the position of the latest brace, and the position of `first`. */
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

  /** Returns how many chars it consumed: 0 if the same one must be read again in another mode. */
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
        // Only an object with a key can be a review; this rejects braces in prose and code cheaply.
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
        // One char at a time, so that an object ends, or fails, at the same place however the text is split.
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

  /** Consumes the string's chars that `text` contains, and returns where it stopped. */
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
      if (mode === 'prose' && first !== undefined) contradiction = 'the answer continues after the object';
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
      if (!('issue' in read) || emitted === maxEmittedIssues) continue;
      emitted += 1;
      onIssue(read.issue);
    }
  }

  /** Returns to prose mode, but not before the end of a string in which a failed object stopped. */
  function leave(): void {
    if (candidate?.isReview === true) {
      if (first !== undefined) contradiction = 'there is more than one object';
      else {
        first = candidate;
        from = braceAt;
        // An object ends outside its strings, where one char is read at a time.
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
    if (candidate?.isReview === true) return { problem: 'the JSON object is incomplete' };
    if (contradiction !== undefined) return { problem: contradiction };
    if (first === undefined)
      return { problem: 'there is no JSON object with the keys "issues" and "verdict"' };
    if (first.status !== 'whole') return { problem: 'the JSON object is not valid JSON' };
    if (first.hasRepeatedList) return { problem: 'the key "issues" or "verdict" occurs twice' };
    const { document, hasRepeatedKey } = first;
    return { document, from, to, hasRepeatedKey };
  }

  return { write, end };
}

/** One JSON object, which may be a review. */
interface Candidate {
  readonly status: 'open' | 'whole' | 'failed';
  /** Whether one of the review's keys has been seen, at any depth. */
  readonly isReview: boolean;
  /** Whether `issues` or `verdict` occurs twice at the top level. */
  readonly hasRepeatedList: boolean;
  readonly hasRepeatedKey: boolean;
  readonly document: unknown;
  /** Returns the elements of `issues` that are complete with this piece. */
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
  /** The keys of each open object; lists have a set too, which stays empty. */
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
        // Text that is not JSON is an expected outcome: `status` and `end` report it.
        status = 'failed';
      }
      return issues;
    },
  };
}

function isSpace(char: string): boolean {
  return char === ' ' || char === '\n' || char === '\r' || char === '\t';
}
