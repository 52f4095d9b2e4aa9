// Draws the charts of a page, each from the JSON that stands in it: <script type="application/json" data-spec="NAME">
// into <div data-chart="NAME">. Vega interprets expressions (`ast`) and never compiles them: no `unsafe-eval` is needed.
// A chart is drawn when it comes near to being seen, or is to be printed: who filters findings does not wait for it.
function draw(place) {
  if (place.dataset.drawn) return;
  place.dataset.drawn = "begun";
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
  );
}
const places = [...document.querySelectorAll("[data-chart]")];
const seen = new IntersectionObserver(
  (entries) => entries.filter((entry) => entry.isIntersecting).forEach((entry) => draw(entry.target)),
  { rootMargin: "200px" },
);
places.forEach((place) => seen.observe(place));
addEventListener("draw", () => places.forEach(draw));
