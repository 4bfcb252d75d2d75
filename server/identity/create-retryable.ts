import { wireErrors } from '@stagewire/shared/wire-errors';
import type { AccessStores } from './access-stores.ts';

/** A function whose errors of stores that cannot be reached are the retryable one that callers get. */
export type Retryable = <Parameters extends readonly unknown[], Result>(
  work: (...parameters: Parameters) => Result | Promise<Result>,
) => (...parameters: Parameters) => Promise<Result>;

/** No caller is accepted, nor counted as a failed attempt, because stores cannot be reached. */
export function createRetryable({ isUnavailable }: Pick<AccessStores, 'isUnavailable'>): Retryable {
  return (work) =>
    async (...parameters) => {
      try {
        return await work(...parameters);
      } catch (error) {
        throw isUnavailable(error) ? wireErrors.OVERLOADED.credentials(error) : error;
      }
    };
}
