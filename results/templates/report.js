(() => {
  "use strict";
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const paper = matchMedia("print");
  const coarse = matchMedia("(pointer: coarse)");
  const plots = [...document.querySelectorAll(".plot")];

  // Plotly draws colours into the SVG, so a change of scheme has to be told to it.
  function colours() {
    const night = dark.matches && !paper.matches;
    const ink = night ? "#e7eaed" : "#1d2126";
    const grid = night ? "#30363d" : "#dfe3e8";
    return {
      "font.color": ink,
      "xaxis.gridcolor": grid,
      "yaxis.gridcolor": grid,
      "hoverlabel.bgcolor": night ? "#262b31" : "#ffffff",
      "hoverlabel.bordercolor": grid,
      "hoverlabel.font.color": ink,
    };
  }

  function draw(plot) {
    const { data, layout } = JSON.parse(document.getElementById(plot.dataset.source).textContent);
    // Dragging on a touch screen scrolls the page instead of zooming.
    layout.dragmode = coarse.matches ? false : "zoom";
    // On a narrow screen the legend takes a line an entry, which must not come out of the plot's height.
    if (plot.clientWidth < 600) layout.height += 20 * data.filter((trace) => trace.showlegend !== false).length;
    const options = {
      responsive: true,
      displaylogo: false,
      modeBarButtons: [["toImage", "resetScale2d"]],
    };
    return Plotly.newPlot(plot, data, layout, options).then(() => Plotly.relayout(plot, colours()));
  }

  function recolour() {
    plots.forEach((plot) => Plotly.relayout(plot, colours()));
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
  Promise.all(plots.map(draw)).then(() => {
    dark.addEventListener("change", recolour);
    paper.addEventListener("change", recolour);
    // The figures above may have grown while they were drawn.
    if (location.hash.length > 1) document.getElementById(decodeURIComponent(location.hash.slice(1)))?.scrollIntoView();
    document.documentElement.dataset.drawn = plots.length;
  });
})();
