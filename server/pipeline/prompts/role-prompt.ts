/** What a role is told about itself. The run's own instructions for the role stand between the two. */
export interface RolePrompt {
  readonly duties: string;
  /** The form of the answer, which is the last that the model reads. */
  readonly answer: string;
}
