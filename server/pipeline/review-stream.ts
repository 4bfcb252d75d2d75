import type { ReviewIssue } from '@stagewire/shared';
import { JSONParser, TokenType } from '@streamparser/json';
import { WrittenIssue } from './review-schema.ts';

/** A reviewer's text, read while it is written. */
export interface ReviewStream {
  /** Takes the next piece; every issue that is whole with it has been told when this returns. */
  write(text: string): void;
  /** What the text held as a whole: the one JSON object in it, not yet validated, or why there is none. */
  end(): { readonly document: unknown } | { readonly problem: string };
}

const openingTags = ['<think>', '<thinking>'];
const closingTags = ['</think>', '</thinking>'];
const allTags = [...openingTags, ...closingTags];
const reviewKeys: ReadonlySet<unknown> = new Set(['issues', 'verdict']);

/**
 * Finds the review in a text that may have prose, a fence or thinking in tags around it, and tells each of its
 * issues as soon as its JSON is whole; one that does not fit the schema is passed over. How the text is cut into
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

  function write(text: string): void {
    for (let index = 0; index < text.length;) {
      index = mode === 'string' ? readString(text, index) : index + readChar(text.charAt(index));
    }
  }

  /** Returns how many characters it has taken: 0 if the same one is to be read again in another mode. */
  function readChar(char: string): 0 | 1 {
    switch (mode) {
      case 'prose':
      case 'thinking':
        readTag(char);
        if (mode === 'prose' && char === '{') mode = 'brace';
        return 1;
      case 'brace':
        if (isSpace(char)) return 1;
        // Only an object with a key can be a review; this keeps braces in prose and code out cheaply.
        mode = char === '"' ? 'object' : 'prose';
        if (mode === 'prose') return 0;
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
    const isCurrent = first === undefined && !candidate.hasRepeatedKey;
    if (candidate.status !== 'open') leave();
    if (!isCurrent) return;
    for (const issue of issues) {
      const parsed = WrittenIssue.safeParse(issue);
      if (parsed.success) onIssue(parsed.data);
    }
  }

  /** Goes back to prose, but not before the string that a failed object broke off in is over. */
  function leave(): void {
    if (candidate?.isReview === true) {
      if (first !== undefined) contradiction = 'there is more than one object';
      first ??= candidate;
    }
    candidate = undefined;
    wasSpace = false;
    if (mode === 'object') mode = 'prose';
  }

  function end(): ReturnType<ReviewStream['end']> {
    if (candidate?.isReview === true) return { problem: 'the JSON object is cut off before its end' };
    if (contradiction !== undefined) return { problem: contradiction };
    if (first === undefined)
      return { problem: 'there is no JSON object with the keys "issues" and "verdict"' };
    if (first.status !== 'whole') return { problem: 'the JSON object is not valid JSON' };
    if (first.hasRepeatedKey) return { problem: 'the key "issues" or "verdict" comes twice' };
    return { document: first.document };
  }

  return { write, end };
}

/** One JSON object, which may be a review. */
interface Candidate {
  readonly status: 'open' | 'whole' | 'failed';
  /** Whether one of the review's keys has come, at whatever depth. */
  readonly isReview: boolean;
  readonly hasRepeatedKey: boolean;
  readonly document: unknown;
  /** Returns the elements of `issues` that are whole with this piece. */
  write(piece: string): readonly unknown[];
}

function createCandidate(): Candidate {
  let status: Candidate['status'] = 'open';
  let document: unknown;
  let issues: unknown[] = [];
  let depth = 0;
  let lastValue: unknown;
  let isReview = false;
  let hasRepeatedKey = false;
  const keys = new Set<unknown>();

  const parser = new JSONParser({ paths: ['$', '$.issues.*'] });
  parser.onToken = ({ token, value }) => {
    if (token === TokenType.LEFT_BRACE || token === TokenType.LEFT_BRACKET) depth += 1;
    if (token === TokenType.RIGHT_BRACE || token === TokenType.RIGHT_BRACKET) depth -= 1;
    if (token === TokenType.COLON && reviewKeys.has(lastValue)) {
      isReview = true;
      if (depth === 1 && keys.has(lastValue)) hasRepeatedKey = true;
      if (depth === 1) keys.add(lastValue);
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
