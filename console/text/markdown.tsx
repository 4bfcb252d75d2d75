import type { ReactNode } from 'react';
import { defaultRehypePlugins, defaultRemarkPlugins, Streamdown, type StreamdownProps } from 'streamdown';

export interface MarkdownProps {
  readonly text: string;
  /** The text is still growing: open syntax at its end (a list, an emphasis, a link) is closed for now. */
  readonly growing: boolean;
}

/** Markdown as elements. It is a chunk of its own, since its parser is half of the console's code. */
export function Markdown({ text, growing }: MarkdownProps) {
  return (
    <Streamdown
      mode={growing ? 'streaming' : 'static'}
      parseIncompleteMarkdown={growing}
      controls={false}
      components={components}
      remarkPlugins={remarkPlugins}
      rehypePlugins={rehypePlugins}
    >
      {text}
    </Streamdown>
  );
}

interface MarkdownNode {
  type: string;
  children?: MarkdownNode[];
}

/** HTML in a model's text is shown as text, never as elements. */
function htmlAsText() {
  const visit = (node: MarkdownNode): void => {
    if (node.type === 'html') node.type = 'text';
    node.children?.forEach(visit);
  };
  return visit;
}

// Streamdown's default list parses HTML first; without that plugin only Markdown creates elements.
const remarkPlugins: NonNullable<StreamdownProps['remarkPlugins']> = [
  ...Object.values(defaultRemarkPlugins),
  htmlAsText,
];
const rehypePlugins: NonNullable<StreamdownProps['rehypePlugins']> = Object.entries(
  defaultRehypePlugins,
).flatMap(([name, plugin]) => (name === 'sanitize' ? [plugin] : []));

const components: NonNullable<StreamdownProps['components']> = {
  // Two levels lower: the page has its own h1 and h2.
  h1: ({ children }) => <h3>{children}</h3>,
  h2: ({ children }) => <h4>{children}</h4>,
  h3: ({ children }) => <h5>{children}</h5>,
  h4: ({ children }) => <h6>{children}</h6>,
  h5: ({ children }) => <h6>{children}</h6>,
  h6: ({ children }) => <h6>{children}</h6>,
  p: ({ children }) => <p>{children}</p>,
  ul: ({ children }) => <ul>{children}</ul>,
  ol: ({ children, start }) => <ol start={start}>{children}</ol>,
  li: ({ children }) => <li>{children}</li>,
  blockquote: ({ children }) => <blockquote>{children}</blockquote>,
  hr: () => <hr />,
  strong: ({ children }) => <strong>{children}</strong>,
  table: ({ children }) => <Table>{children}</Table>,
  thead: ({ children }) => <thead>{children}</thead>,
  tbody: ({ children }) => <tbody>{children}</tbody>,
  tr: ({ children }) => <tr>{children}</tr>,
  th: ({ children }) => <th>{children}</th>,
  td: ({ children }) => <td>{children}</td>,
  pre: ({ children }) => (
    <pre className="prose-pre" tabIndex={0}>
      {children}
    </pre>
  ),
  code: ({ children }) => <code>{children}</code>,
  inlineCode: ({ children }) => <code className="inline-code">{children}</code>,
  a: ({ href, children }) => <Link href={href}>{children}</Link>,
  img: ({ src, alt }) => (
    <Link href={typeof src === 'string' ? src : undefined}>{`[image: ${alt ?? ''}]`}</Link>
  ),
};

function Table({ children }: { readonly children: ReactNode }) {
  return (
    <div className="prose-table" tabIndex={0} role="group" aria-label="Table">
      <table>{children}</table>
    </div>
  );
}

/** A link in a model's text: opens in a new tab, without a referrer. */
function Link({ href, children }: { readonly href: string | undefined; readonly children: ReactNode }) {
  if (href === undefined || !/^(?:https?|mailto):/i.test(href))
    return <span className="dead-link">{children}</span>;
  return (
    <a href={href} target="_blank" rel="noopener noreferrer nofollow" title={href}>
      {children}
    </a>
  );
}
