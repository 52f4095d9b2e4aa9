// Draws the charts of a page, each from the JSON that stands in it: <script type="application/json" data-spec="NAME">
// into <div data-chart="NAME">. Vega interprets expressions (`ast`) and never compiles them: no `unsafe-eval` is needed.
// They are drawn one by one when there is nothing else to do: who filters findings does not wait for them.
function draw(places) {
  const place = places.shift();
  if (!place) return;
  const spec = document.querySelector(`script[data-spec="${place.dataset.chart}"]`);
  vegaEmbed(place, JSON.parse(spec.textContent), {
    ast: true,
    actions: false,
    renderer: "svg",
    defaultStyle: false,
    tooltip: { disableDefaultStyle: true },
  }).then(
    (drawing) => { place.view = drawing.view; place.dataset.drawn = "yes"; },
    (error) => { place.dataset.drawn = "no"; console.error(error); },
  ).then(() => requestIdleCallback(() => draw(places), { timeout: 2000 }));
}
requestIdleCallback(() => draw([...document.querySelectorAll("[data-chart]")]), { timeout: 2000 });
