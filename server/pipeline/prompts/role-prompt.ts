/** The role's own part of its prompt. The run's instructions for the role are placed between the two texts. */
export interface RolePrompt {
  readonly duties: string;
  /** The form of the answer, at the very end of the assignment. */
  readonly answer: string;
}
