import { Info } from 'lucide-react';

/** Says plainly that no model is called, and how to have one. */
export function RehearsalNote() {
  return (
    <aside className="note" aria-label="About the model">
      <Info size={16} aria-hidden="true" />
      <div>
        <p>
          <strong>This is a rehearsal.</strong> No model is connected: the server makes up all texts from the
          words of your task, so that you can watch and steer a run.
        </p>
        <details>
          <summary>Connect a real model</summary>
          <p>
            Stop the server and start it again with a key, in the environment or in a file .env in the folder
            where you start it. One of these is enough:
          </p>
          <pre tabIndex={0} aria-label="Variables">{`ANTHROPIC_API_KEY=…
OPENAI_API_KEY=…
OPENROUTER_API_KEY=…`}</pre>
          <p>
            An Ollama at its usual port is found without a key. <code>STAGEWIRE_MODEL=provider/model</code>{' '}
            chooses the model.
          </p>
        </details>
      </div>
    </aside>
  );
}
