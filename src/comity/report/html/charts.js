// Draws the charts of a page, each from the JSON that stands in it: <script type="application/json" data-spec="NAME">
// into <div data-chart="NAME">. Vega interprets expressions (`ast`) and never compiles them: no `unsafe-eval` is needed.
for (const place of document.querySelectorAll("[data-chart]")) {
  const spec = document.querySelector(`script[data-spec="${place.dataset.chart}"]`);
  if (!spec) continue;
  vegaEmbed(place, JSON.parse(spec.textContent), {
    ast: true,
    actions: false,
    renderer: "svg",
    defaultStyle: false,
    tooltip: { disableDefaultStyle: true },
  }).then(
    (drawing) => { place.view = drawing.view; place.dataset.drawn = "yes"; },
    (error) => { place.dataset.drawn = "no"; console.error(error); },
  );
}
