(() => {
  "use strict";
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const paper = matchMedia("print");
  const coarse = matchMedia("(pointer: coarse)");
  const plots = [...document.querySelectorAll(".plot")];
  const PAGE = 660; // pixels of an A4 page between its margins

  // Plotly draws colours into the SVG, so a change of scheme has to be told to it.
  function colours(layout) {
    const night = dark.matches && !paper.matches;
    const ink = night ? "#e7eaed" : "#1d2126";
    const grid = night ? "#30363d" : "#dfe3e8";
    const told = {
      "font.color": ink,
      "hoverlabel.bgcolor": night ? "#262b31" : "#ffffff",
      "hoverlabel.bordercolor": grid,
      "hoverlabel.font.color": ink,
    };
    for (const axis of Object.keys(layout).filter((key) => /^[xy]axis\d*$/.test(key))) told[`${axis}.gridcolor`] = grid;
    return told;
  }

  function draw(plot) {
    const { data, layout } = JSON.parse(document.getElementById(plot.dataset.source).textContent);
    // Dragging on a touch screen scrolls the page instead of zooming.
    layout.dragmode = coarse.matches ? false : "zoom";
    // On a narrow screen the legend takes a line an entry, which must not come out of the plot's height.
    const named = layout.showlegend ? data.filter((trace) => trace.showlegend !== false).length : 0;
    if (plot.clientWidth < 600) layout.height += 20 * named;
    plot.style.height = "";
    plot.style.minHeight = `${layout.height}px`;
    for (const [name, colour] of Object.entries(colours(layout))) put(layout, name.split("."), colour);
    const options = {
      responsive: true,
      displaylogo: false,
      modeBarButtons: [["toImage", "resetScale2d"]],
    };
    return Plotly.newPlot(plot, data, layout, options);
  }

  function put(target, [name, ...rest], value) {
    if (rest.length) put((target[name] ??= {}), rest, value);
    else target[name] = value;
  }

  function recolour() {
    plots.forEach((plot) => plot.layout && Plotly.relayout(plot, colours(plot.layout)));
  }

  // A page has another width than the screen, and plotly's drawings do not follow it by themselves.
  function turnToPaper() {
    for (const plot of plots.filter((each) => each.layout)) {
      const several = plot.parentElement.classList.contains("plots");
      const size = paper.matches ? { width: several ? PAGE / 2 : PAGE, autosize: false } : { width: null, autosize: true };
      Plotly.relayout(plot, { ...colours(plot.layout), ...size });
    }
  }

  function sortBy(header, column) {
    const body = header.closest("table").tBodies[0];
    const descending = header.getAttribute("aria-sort") === "ascending";
    const numeric = header.classList.contains("number");
    const keyed = [...body.rows].map((row) => [row.cells[column].dataset.sort, row]);
    keyed.sort(([a], [b]) => {
      if (a === "" || b === "") return (a === "") - (b === ""); // what is missing stays last
      const order = numeric ? a - b : a.localeCompare(b, undefined, { numeric: true });
      return descending ? -order : order;
    });
    body.append(...keyed.map(([, row]) => row));
    for (const other of header.parentElement.cells) other.removeAttribute("aria-sort");
    header.setAttribute("aria-sort", descending ? "descending" : "ascending");
  }

  for (const table of document.querySelectorAll("table")) {
    [...table.tHead.rows[0].cells].forEach((header, column) => {
      header.querySelector("button").addEventListener("click", () => sortBy(header, column));
    });
  }

  // One figure after the other, so that the first screen stands before the last figure is drawn; but whoever prints at
  // once gets them all, and a page without a screen is printed right after it is loaded.
  const waiting = [...plots];
  function drawRest() {
    while (waiting.length) draw(waiting.shift());
  }

  async function drawAll() {
    dark.addEventListener("change", recolour);
    paper.addEventListener("change", () => {
      drawRest();
      turnToPaper();
    });
    addEventListener("beforeprint", drawRest);
    while (waiting.length) {
      await draw(waiting.shift());
      await new Promise((next) => setTimeout(next));
    }
    // The figures above may have grown while they were drawn.
    if (location.hash.length > 1) document.getElementById(decodeURIComponent(location.hash.slice(1)))?.scrollIntoView();
    document.documentElement.dataset.drawn = plots.length;
  }
  drawAll();
})();
