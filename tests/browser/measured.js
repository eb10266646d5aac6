// What a reader meets before the first chart of a page, and how long the page is. A control is what Tab stops at.
() => {
  const main = document.querySelector("[data-testid=stMain]");
  const seen = e => e && e.getClientRects().length > 0 && getComputedStyle(e).visibility !== "hidden";
  const chart = [...main.querySelectorAll("[data-testid=stVegaLiteChart]")].find(seen);
  const before = e => !chart || chart.compareDocumentPosition(e) & Node.DOCUMENT_POSITION_PRECEDING;
  const texts = [], walk = document.createTreeWalker(main, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const e = walk.currentNode.parentElement;
    if (walk.currentNode.data.trim() && seen(e) 
        && !e.closest("svg, canvas, [data-testid=stVegaLiteChart], style, code"))
      texts.push([walk.currentNode.data.trim(), e]);
  }
  const words = texts.filter(([, e]) => before(e) && !e.closest("button, [role=radiogroup], [data-testid=stMultiSelect], [data-testid=stSelectbox]"));
  const stops = [...main.querySelectorAll("a[href], button, input, select, textarea, [tabindex]")]
    .filter(e => e.tabIndex >= 0 && !e.disabled && seen(e) && !e.closest("[data-testid=stVegaLiteChart], [data-testid=stElementToolbar]"));
  const groups = new Set(stops.filter(before).map(e => e.closest("[role=radiogroup], [data-testid=stMultiSelect]") || e));
  const frames = [...main.querySelectorAll("[class*=st-key-frame_]")].filter(seen);
  const icon = e => e.closest("[data-testid=stIconMaterial], .material-symbols-rounded");
  return {
    words: words.map(([text]) => text).join(" ").split(/\s+/).filter(w => /\w/.test(w)).length,
    controls: groups.size,
    top: chart ? chart.getBoundingClientRect().top + main.scrollTop : 0,
    sizes: [...new Set(texts.filter(([, e]) => !icon(e)).map(([, e]) => Math.round(parseFloat(getComputedStyle(e).fontSize))))].sort(),
    actions: Math.max(0, ...frames.map(f => [...f.querySelectorAll("[data-testid=stPopover] button, [data-testid=stButton] button")].filter(seen).length)),
    badges: Math.max(0, ...frames.map(f => [...f.querySelectorAll(".stMarkdownBadge")].filter(seen).length)),
    height: main.scrollHeight,
    headings: [...main.querySelectorAll("h1")].filter(seen).length,
    shift: window.shifted,
    small: stops.filter(e => !e.closest("[data-testid=stDataFrame], p, li, [data-testid=stMultiSelect]"))
      .map(e => [e.closest("label") || e, e]).filter(([box]) => { const b = box.getBoundingClientRect(); return Math.min(b.width, b.height) < 23.5; })
      .map(([, e]) => (e.getAttribute("aria-label") || e.innerText || e.tagName).trim()),
  };
}
