import type {
  DeleteReceipt,
  FilesInput,
  PromptInput,
  Receipt,
  RunCommand,
  RunFile,
  RunPrompt,
  RunState,
  StartInput,
  StartReceipt,
  TransientBody,
} from '@stagewire/shared';
import type { Principal } from '../identity/principal.ts';

/** What a live run is waiting for; sent to subscribers of a silent run. */
export type Heartbeat = TransientBody;

/** The operations on runs. Subscriptions read the log instead. */
export interface RunService {
  /**
   * Queues a run; resolves when it is durable. Idempotent: the id and the body of an existing run return its receipt.
   *
   * With `from` it inherits stages of another run, which it does not need afterwards.
   *
   * @throws StagewireError FORBIDDEN for an owner that is not the caller's, INVALID_INPUT (an unknown role), RUN_ID_CONFLICT, OVERLOADED, DRAINING, LOG_UNAVAILABLE; with
   * `from` also RUN_NOT_FOUND, RUN_EXPIRED, RUN_UNREADABLE, RUN_NOT_ENDED, ATTEMPT_NOT_FOUND.
   */
  start(input: StartInput, principal: Principal): Promise<StartReceipt>;

  /**
   * Decides on a command; resolves with its receipt when it is accepted and durable. Links to a run are created and
   * removed after its end as well.
   *
   * @throws StagewireError as PROTOCOL.md specifies under Commands.
   */
  command(command: RunCommand, principal: Principal): Promise<Receipt>;

  /**
   * Deletes a run that has ended or is unreadable; resolves when it is hidden and this is durable. Idempotent.
   *
   * @throws StagewireError RUN_NOT_FOUND, RUN_EXPIRED, RUN_NOT_ENDED, LOG_UNAVAILABLE.
   */
  delete(runId: string, principal: Principal): Promise<DeleteReceipt>;

  /** @throws StagewireError RUN_NOT_FOUND, RUN_EXPIRED. */
  state(runId: string, principal: Principal): Promise<RunState>;

  /**
   * The files of the run with their texts, as of now or of the end of an attempt.
   *
   * @throws StagewireError RUN_NOT_FOUND, RUN_EXPIRED, ATTEMPT_NOT_FOUND.
   */
  files(input: FilesInput, principal: Principal): Promise<RunFile[]>;

  /**
   * The prompt of an attempt, rebuilt from the log.
   *
   * @throws StagewireError RUN_NOT_FOUND, RUN_EXPIRED, ATTEMPT_NOT_FOUND.
   */
  prompt(input: PromptInput, principal: Principal): Promise<RunPrompt>;

  /** What the run is waiting for; `undefined` if it has ended or is not here. Cheap: called for every heartbeat. */
  heartbeat(runId: string): Heartbeat | undefined;
}
