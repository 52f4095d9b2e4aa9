// Runs the script of the charts, which is long, when one of them comes near to being seen, or is to be printed.
"use strict";
(() => {
  const later = document.querySelector("script[data-later]");
  function run() {
    if (!later.isConnected) return;
    const script = document.createElement("script");
    script.textContent = later.textContent;
    later.replaceWith(script);
  }
  const near = new IntersectionObserver((entries) => entries.some((entry) => entry.isIntersecting) && run(), {
    rootMargin: "200px",
  });
  for (const chart of document.querySelectorAll("[data-chart]")) near.observe(chart);
  addEventListener("beforeprint", () => {
    run();
    dispatchEvent(new Event("draw"));
  });
})();
