import { Info } from 'lucide-react';

/** Explains that no model is called, and how to connect one. */
export function RehearsalNote() {
  return (
    <aside className="note" aria-label="About the model">
      <Info size={16} aria-hidden="true" />
      <div>
        <p>
          <strong>The default model is simulated.</strong> The built-in rehearsal generates text from your
          task, so that you can watch and steer a run.
        </p>
        <details>
          <summary>Connect a model</summary>
          <p>
            Restart the server with one of these API keys in the environment, or in a .env file in the folder
            where you start it:
          </p>
          <pre tabIndex={0} aria-label="Variables">{`ANTHROPIC_API_KEY=…
OPENAI_API_KEY=…
OPENROUTER_API_KEY=…`}</pre>
          <p>
            Ollama at its default port is detected without a key. <code>STAGEWIRE_MODEL=provider/model</code>{' '}
            selects the model.
          </p>
        </details>
      </div>
    </aside>
  );
}
