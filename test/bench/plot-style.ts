/** Colours and lines of plots, in a page or in a file of their own. */
export const plotStyle = `
  :root {
    --ground: #fff; --text: #1f2328; --quiet: #59636e; --rule: #d9dee3;
    --good: #1a6b34; --bad: #b3261e; --line-0: #1b66a8; --line-1: #b5541c; --line-2: #5f4bb6; --line-3: #3b7434; --line-4: #a8325f; --line-5: #6b6000;
  }
  @media (prefers-color-scheme: dark) {
    :root {
      --ground: #14171a; --text: #e4e7ea; --quiet: #a3acb5; --rule: #343b42;
      --good: #6fcf8b; --bad: #ff8f85; --line-0: #6cb6ff; --line-1: #f2a36b; --line-2: #b8a7ff; --line-3: #86cf7c; --line-4: #ff9cc0; --line-5: #d8cb5a;
    }
  }
  svg text { font: 12px system-ui, sans-serif; fill: var(--quiet); font-variant-numeric: tabular-nums; }
  svg .axis { fill: var(--text); }
  .grid { stroke: var(--rule); }
  .stroke { fill: none; stroke-width: 2; stroke-linejoin: round; }
  .line-1.curve .stroke { stroke-dasharray: 9 3; } .line-2.curve .stroke { stroke-dasharray: 3 3; }
  .line-3.curve .stroke { stroke-dasharray: 9 3 2 3; }
  .line-4.curve .stroke { stroke-dasharray: 14 4; } .line-5.curve .stroke { stroke-dasharray: 6 2 1 2; }
  .dot { stroke: var(--ground); stroke-width: 1.5; }
${[0, 1, 2, 3, 4, 5].map((index) => `  .line-${index} .stroke { stroke: var(--line-${index}); } .line-${index} .dot { fill: var(--line-${index}); }`).join('\n')}
`;
