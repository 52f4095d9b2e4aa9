// The filters of the findings. The page says everything without it; this only hides and shows. Of the findings that
// filters leave, the first are on the page, and more when asked for.
"use strict";
(() => {
  const form = document.getElementById("filters");
  if (!form) return;
  const list = document.getElementById("list");
  const shown = document.getElementById("shown");
  const more = document.getElementById("more");
  const step = 200;
  let most = step;
  let kept = [];
  const fields = ["pack", "rule", "place", "party", "category", "word"];

  // To a browser with scripts the `noscript` that holds the findings is one piece of text. Of each finding there is that
  // text and what filters look for, and an element as soon as it is shown.
  const begin = '<details class="finding"';
  const pieces = list.textContent.split(begin).slice(1).map((piece) => begin + piece);
  const reader = new DOMParser();
  const parsed = (texts) => reader.parseFromString(texts.join(""), "text/html").body;
  const heads = parsed(pieces.map((piece) => piece.slice(0, piece.indexOf(">") + 1).replace("details", "p")));
  const findings = [...heads.children].map(({ id, dataset }, number) => ({ id, dataset, piece: pieces[number] }));

  function elements(wanted) {
    const fresh = wanted.filter((finding) => !finding.element);
    const made = document.importNode(parsed(fresh.map((finding) => finding.piece)), true).children;
    [...made].forEach((element, number) => {
      fresh[number].element = element;
      element.addEventListener("toggle", () => element.open && explain(element));
    });
    return wanted.map((finding) => finding.element);
  }

  const words = (value) => value.toLocaleLowerCase().split(/\s+/).filter(Boolean);

  function matches(finding, wanted, texts) {
    for (const [field, value] of wanted) {
      const has = finding.dataset[field];
      if (has === undefined) return false;
      if (field === "place" || field === "category" ? !has.split(" ").includes(value) : has !== value) return false;
    }
    if (!texts.length) return true;
    finding.text ??= parsed([finding.piece]).textContent.toLocaleLowerCase();
    return texts.every((text) => finding.text.includes(text));
  }

  function apply() {
    const wanted = fields.map((field) => [field, form.elements[field].value]).filter(([, value]) => value);
    const texts = words(form.elements.text.value);
    kept = findings.filter((finding) => matches(finding, wanted, texts));
    list.replaceChildren(...elements(kept.slice(0, most)));
    more.hidden = kept.length <= most;
    shown.textContent = shown.dataset.words.replace(
      "%(shown)s",
      kept.length.toLocaleString(document.documentElement.lang),
    );
  }

  function filter() {
    most = step;
    apply();
  }

  form.addEventListener("input", filter);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(filter));
  more.addEventListener("click", () => {
    most += step;
    apply();
  });

  // Links elsewhere on the page set filters: a cell of a table, a number on the first screen.
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href='#findings']");
    const wanted = link && fields.filter((field) => link.dataset["filter" + field[0].toUpperCase() + field.slice(1)]);
    if (!wanted || !wanted.length) return;
    form.reset();
    for (const field of wanted) {
      const value = link.dataset["filter" + field[0].toUpperCase() + field.slice(1)];
      const select = form.elements[field];
      if (![...select.options].some((option) => option.value === value)) select.add(new Option(value, value));
      select.value = value;
    }
    setTimeout(filter);
  });

  // Exceptions that many findings share stand on the page once; what is opened gets a copy.
  function explain(finding) {
    for (const place of finding.querySelectorAll("[data-ways]")) {
      const ways = document.getElementById(place.dataset.ways);
      if (ways) place.replaceChildren(...[...ways.children].slice(1).map((child) => child.cloneNode(true)));
      delete place.dataset.ways;
    }
  }
  // With scripts nobody need look there.
  document.getElementById("ways")?.setAttribute("hidden", "");

  // A link to a finding opens it, though a filter hid it.
  function open() {
    const finding = findings.find(({ id }) => `#${id}` === location.hash);
    if (!finding) return;
    const [element] = elements([finding]);
    if (!element.isConnected) list.prepend(element);
    element.open = true;
    element.scrollIntoView();
  }
  addEventListener("hashchange", open);

  // A row of the table of routes shows its arc on the map, an arc leads to the findings of its row.
  const map = document.querySelector("[data-chart=map]");
  const ends = (row) => {
    const places = map?.view?.data("places") ?? [];
    const numbers = [row.dataset.from, row.dataset.to].map((code) => places.find((place) => place.code === code)?.number);
    return numbers.includes(undefined) ? null : numbers;
  };
  const routes = [...document.querySelectorAll("#map tr[data-from]")];
  for (const row of routes) {
    for (const event of ["focusin", "mouseenter"]) {
      row.addEventListener(event, () => map?.view?.signal("over", ends(row)).runAsync());
    }
    for (const event of ["focusout", "mouseleave"]) {
      row.addEventListener(event, () => map?.view?.signal("over", null).runAsync());
    }
  }
  map?.addEventListener("click", () => {
    const over = map.view?.signal("over");
    const row = over && routes.find((found) => String(ends(found)) === String(over));
    row?.querySelector("a").click();
    if (row) document.getElementById("findings").scrollIntoView();
  });

  // On paper everything that is shown is open.
  let closed = [];
  addEventListener("beforeprint", () => {
    list.replaceChildren(...elements(kept));
    closed = [...document.querySelectorAll("details:not([open])")];
    for (const details of closed) {
      if (details.matches(".finding")) explain(details);
      details.open = true;
    }
  });
  addEventListener("afterprint", () => {
    for (const details of closed) details.open = false;
    closed = [];
    apply();
  });
  apply();
  open();

  // What does not scroll need not be stopped at.
  for (const region of document.querySelectorAll(".scroll")) {
    if (region.scrollWidth <= region.clientWidth && region.scrollHeight <= region.clientHeight) {
      if (region.offsetParent) region.removeAttribute("tabindex");
    }
  }
})();
