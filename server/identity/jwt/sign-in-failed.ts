/**
 * - `denied`: the provider did not let the user in, or the user has cancelled
 * - `invalid`: the answer does not belong to this sign-in, or its code was used before
 * - `identity`: the user's token cannot be used; the message says why
 * - `unavailable`: the provider cannot be reached
 * - `busy`: too many people sign in at the same time
 */
export type SignInProblem = 'denied' | 'invalid' | 'identity' | 'unavailable' | 'busy';

/** A sign-in has failed. The message is for the log. */
export class SignInFailed extends Error {
  override readonly name = 'SignInFailed';
  readonly problem: SignInProblem;

  constructor(problem: SignInProblem, message: string, cause?: unknown) {
    super(message, { cause });
    this.problem = problem;
  }
}
