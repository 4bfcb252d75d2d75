import type {
  Actor,
  Command,
  FilesInput,
  PromptInput,
  Receipt,
  RunFile,
  RunPrompt,
  RunState,
  StartInput,
  StartReceipt,
  TransientBody,
} from '@stagewire/shared';

/** What a live run waits for, to be told to whoever would otherwise see nothing. */
export type Waiting = TransientBody;

/** Who asks, and whose runs they may touch. */
export interface Principal {
  readonly actor: Actor;
  readonly owner: string;
}

/** Everything that can be asked of runs. What follows a run reads the log instead. */
export interface RunService {
  /**
   * Queues a run; resolves when it is durable. With the id and the body of a run that exists: its receipt again.
   *
   * @throws StagewireError INVALID_INPUT (an unknown role), RUN_ID_CONFLICT, OVERLOADED, DRAINING, LOG_UNAVAILABLE.
   */
  start(input: StartInput, principal: Principal): Promise<StartReceipt>;

  /**
   * Decides on a command; resolves with its receipt when it is accepted and durable.
   *
   * @throws StagewireError as PROTOCOL.md says under Commands.
   */
  command(command: Command, principal: Principal): Promise<Receipt>;

  /** @throws StagewireError RUN_NOT_FOUND, RUN_EXPIRED. */
  state(runId: string, principal: Principal): Promise<RunState>;

  /**
   * The files of the run with their texts, as they are now or as they were at the end of an attempt.
   *
   * @throws StagewireError RUN_NOT_FOUND, RUN_EXPIRED, ATTEMPT_NOT_FOUND.
   */
  files(input: FilesInput, principal: Principal): Promise<RunFile[]>;

  /**
   * What the model of an attempt was asked, made anew from the log.
   *
   * @throws StagewireError RUN_NOT_FOUND, RUN_EXPIRED, ATTEMPT_NOT_FOUND.
   */
  prompt(input: PromptInput, principal: Principal): Promise<RunPrompt>;

  /** What the run waits for just now; `undefined` if it has ended or is not here. Cheap: asked in every gap. */
  waiting(runId: string): Waiting | undefined;
}
