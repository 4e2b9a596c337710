// Draws the charts of the last hour: a click on a point opens the story of its book.
(async () => {
  const holder = document.getElementById("hour");
  const answer = await fetch(holder.dataset.source);
  if (!answer.ok) { location.reload(); return; }
  const said = await answer.json();
  if (!said.at.length) { holder.textContent = "No book came in the last hour."; return; }
  const dressed = (name) => () => getComputedStyle(document.body).getPropertyValue(name);
  const grid = { stroke: dressed("--hairline-color"), width: 1 };
  const colours = ["assign", "sealed", "dutch", "fund", "return"].map((kind) => dressed(`--board-${kind}`)());
  const axis = { stroke: dressed("--body-fg"), grid, ticks: grid };
  const times = { ...axis, values: (_, at) => at.map((each) => new Date(each * 1000).toISOString().slice(11, 19)) };
  holder.textContent = "";
  const charts = [];
  for (const { title, series } of said.charts) {
    const open = (chart) => {
      chart.over.addEventListener("click", () => {
        if (chart.cursor.idx !== null) location = said.stories[chart.cursor.idx];
      });
    };
    const drawn = series.map(({ label }, place) => (
      { label, stroke: colours[place], width: 0, points: { show: true, size: 7, fill: colours[place] } }
    ));
    const name = { label: "book", value: (_, __, ___, place) => (place === null ? "" : said.names[place]) };
    const options = {
      title, width: holder.clientWidth, height: 240, axes: [times, { ...axis, size: 70 }],
      scales: { y: { range: (_, low, high) => [0, 1.1 * (high || 1)] } },
      series: [name, ...drawn], hooks: { ready: [open] },
    };
    charts.push(new uPlot(options, [said.at, ...series.map(({ values }) => values)], holder));
  }
  const drawAgain = () => charts.forEach((chart) => chart.redraw());
  new MutationObserver(drawAgain).observe(document.documentElement, { attributeFilter: ["data-theme"] });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAgain);
})();
