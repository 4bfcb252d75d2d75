import { numbersIn } from './numbered-tokens.ts';
import type { PeerListener } from './peer.ts';

/** What one subscriber received, token by token. */
export class DeliveryAccount implements PeerListener {
  /** Tokens that its text has twice. */
  duplicated = 0;
  /** Tokens that came after a later one, and not twice. */
  outOfOrder = 0;
  /** Tokens that crossed the wire again in a replay, whether the text has them twice or was begun again with them. */
  receivedAgain = 0;
  readonly #onNumber: ((number: number) => void) | undefined;
  /** By number: is it in the text? */
  #inText = new Uint8Array(4096);
  /** By number: was it ever received? */
  #received = new Uint8Array(4096);
  #highest = -1;

  /** @param onNumber Called for each token that is received. */
  constructor(onNumber?: (number: number) => void) {
    this.#onNumber = onNumber;
  }

  text(text: string): void {
    for (const number of numbersIn(text)) this.#note(number);
  }

  /** The client drops the text and builds it again from what comes now. */
  restart(): void {
    this.#inText.fill(0);
    this.#highest = -1;
  }

  has(number: number): boolean {
    return this.#inText[number] === 1;
  }

  /** How many of the tokens from one number until before another the text has. */
  countIn(from: number, until: number): number {
    let count = 0;
    for (const isThere of this.#inText.subarray(from, until)) count += isThere;
    return count;
  }

  /** Tokens of that range that the text has not: lost, or still to come. */
  missingIn(from: number, until: number): number {
    return until - from - this.countIn(from, until);
  }

  /** Tokens that the text lacks before its last one. */
  get lost(): number {
    return this.missingIn(0, this.#highest + 1);
  }

  #note(number: number): void {
    if (number >= this.#inText.length) this.#grow(number);
    if (this.#received[number] === 1) this.receivedAgain += 1;
    if (this.#inText[number] === 1) this.duplicated += 1;
    else if (number < this.#highest) this.outOfOrder += 1;
    this.#received[number] = 1;
    this.#inText[number] = 1;
    this.#highest = Math.max(this.#highest, number);
    this.#onNumber?.(number);
  }

  #grow(number: number): void {
    const length = Math.max(number + 1, this.#inText.length * 2);
    const grown = (from: Uint8Array) => {
      const to = new Uint8Array(length);
      to.set(from);
      return to;
    };
    this.#inText = grown(this.#inText);
    this.#received = grown(this.#received);
  }
}
