/** The style of the report: it follows the colour scheme of the reader, and needs nothing else. */
export const style = `
  :root {
    --ground: #fff; --text: #1f2328; --quiet: #59636e; --rule: #d9dee3; --good: #1a6b34; --bad: #b3261e; --doubt: #8a5a00;
    --line-0: #1b66a8; --line-1: #b5541c; --line-2: #5f4bb6; --line-3: #3b7434; --line-4: #a0317a;
  }
  @media (prefers-color-scheme: dark) {
    :root {
      --ground: #14171a; --text: #e4e7ea; --quiet: #a3acb5; --rule: #343b42; --good: #6fcf8b; --bad: #ff8f85; --doubt: #f2c46b;
      --line-0: #6cb6ff; --line-1: #f2a36b; --line-2: #b8a7ff; --line-3: #86cf7c; --line-4: #f08fcf;
    }
  }
  body { font: 15px/1.5 system-ui, sans-serif; margin: 0; color: var(--text); background: var(--ground); }
  main { max-width: 84rem; margin: 2rem auto; padding: 0 1rem; }
  h1 { font-size: 1.5rem; margin: 0 0 0.5rem; overflow-wrap: anywhere; } h2 { font-size: 1.15rem; margin: 2.25rem 0 0.5rem; }
  p { margin: 0.25rem 0; overflow-wrap: anywhere; } .quiet { color: var(--quiet); }
  .verdict { border-left: 4px solid var(--good); margin: 1.25rem 0; padding: 0.1rem 0 0.1rem 0.9rem; font-weight: 600; }
  .verdict.bad { border-color: var(--bad); } .verdict.note { border-color: var(--doubt); }
  .wide { overflow-x: auto; }
  table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: 14px; }
  th, td { text-align: left; padding: 0.3rem 1.25rem 0.3rem 0; border-bottom: 1px solid var(--rule); vertical-align: top; }
  th { color: var(--quiet); font-weight: 600; } .number { text-align: right; white-space: nowrap; }
  td:first-child { font-family: ui-monospace, monospace; font-size: 13px; white-space: nowrap; }
  td.note { color: var(--quiet); min-width: 16rem; }
  .met { color: var(--good); font-weight: 600; } .missed { color: var(--bad); font-weight: 600; }
  .not-judged { color: var(--doubt); font-weight: 600; }
  .plots { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 32rem), 1fr)); gap: 2rem 2rem; }
  figure { margin: 0; min-width: 0; overflow-x: auto; }
  figcaption { font-weight: 600; } figcaption span { color: var(--quiet); font-weight: 400; }
  .legend { display: flex; flex-wrap: wrap; gap: 0.1rem 1.1rem; font-size: 13px; color: var(--quiet); min-height: 1.4rem; }
  .legend svg { vertical-align: middle; margin-right: 0.4rem; }
  figure > svg { display: block; width: 100%; min-width: 28rem; height: auto; }
  figure > svg text { font: 12px system-ui, sans-serif; fill: var(--quiet); font-variant-numeric: tabular-nums; }
  .grid { stroke: var(--rule); } .hover { fill: transparent; } .hover:hover { fill: var(--text); fill-opacity: 0.07; }
  .mark line { stroke: var(--bad); stroke-width: 1.5; stroke-dasharray: 5 4; }
  [class^="line-"] path { fill: none; stroke-width: 1.8; stroke-linejoin: round; }
${[0, 1, 2, 3, 4].map((index) => `  .line-${index} path { stroke: var(--line-${index}); } .line-${index} circle { fill: var(--line-${index}); }`).join('\n')}
  .line-1 path { stroke-dasharray: 7 3; } .line-2 path { stroke-dasharray: 2.5 2.5; } .line-3 path { stroke-dasharray: 9 3 2 3; }
  .line-4 path { stroke-dasharray: 1.5 4; }
  @media (forced-colors: active) {
    [class^="line-"] path, .mark line { stroke: CanvasText; } [class^="line-"] circle { fill: CanvasText; }
    .grid { stroke: GrayText; } figure > svg text { fill: CanvasText; }
  }
  @media (max-width: 40rem) {
    th, td { padding-right: 0.75rem; }
    .verdicts td:first-child { white-space: normal; overflow-wrap: anywhere; min-width: 8rem; }
    .counters table, .counters tbody { display: block; } .counters thead { display: none; }
    .counters tr { display: grid; grid-template-columns: 1fr auto; border-bottom: 1px solid var(--rule); padding: 0.3rem 0; }
    .counters td { border: 0; padding: 0; } .counters td.note { grid-column: 1 / -1; min-width: 0; overflow-wrap: anywhere; }
    .durations td.note, .durations th:last-child { display: none; }
    .durations td:first-child, .durations th:first-child { position: sticky; left: 0; background: var(--ground); }
  }
  @media print { .plots { grid-template-columns: 1fr 1fr; } figure, tr { break-inside: avoid; } }
`;
