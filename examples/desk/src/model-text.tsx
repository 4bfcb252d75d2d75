import { memo } from 'react';
import Markdown, { type Components } from 'react-markdown';
import remarkGfm from 'remark-gfm';

const plugins = [remarkGfm];

const components: Components = {
  // The models write the path of a file after the language: ```ts src/queue.ts
  pre({ node, children }) {
    const [code] = node?.children ?? [];
    const path = code?.type === 'element' ? code.data?.meta : undefined;
    return (
      <figure className="code">
        {path && <figcaption>{path}</figcaption>}
        <pre tabIndex={0}>{children}</pre>
      </figure>
    );
  },
  a: ({ href, children }) => (
    <a href={href} rel="noreferrer" target="_blank">
      {children}
    </a>
  ),
  // An image in a model's text would send a request to a host that the model chose.
  img: ({ alt }) => <span>{alt}</span>,
};

/** The text of a model as Markdown. HTML in it is shown as text. */
export const ModelText = memo(function ModelText({ text }: { text: string }) {
  return (
    <div className="markdown">
      <Markdown remarkPlugins={plugins} components={components}>
        {text}
      </Markdown>
    </div>
  );
});
