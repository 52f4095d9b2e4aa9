// The filters of the findings. The page says everything without it; this only hides and shows. Of the findings that
// filters leave, those that are `near` are laid out: the first, and more when asked for.
"use strict";
(() => {
  const form = document.getElementById("filters");
  if (!form) return;
  const list = document.getElementById("list");
  const shown = document.getElementById("shown");
  const more = document.getElementById("more");
  const step = 200;
  let most = step;
  const fields = ["pack", "rule", "place", "party", "category", "word"];

  // To a browser with scripts the `noscript` that holds the findings is one piece of text. Of each finding the element
  // itself is made, which says what filters look for; what is in it when it is shown.
  const pieces = list.textContent.split(/(?=<details class="finding")/).slice(1);
  const heads = pieces.map((piece) => piece.indexOf(">") + 1); // of the first tag: in values it is written &gt;
  list.innerHTML = pieces.map((piece, number) => `${piece.slice(0, heads[number])}</details>`).join("");
  const findings = [...list.children];
  const inert = new Map(
    findings.map((finding, n) => [finding, pieces[n].slice(heads[n], pieces[n].lastIndexOf("</details>"))]),
  );
  const reader = new DOMParser();

  function fill(finding) {
    if (!inert.has(finding)) return;
    finding.innerHTML = inert.get(finding);
    inert.delete(finding);
  }

  function said(finding) {
    if (!inert.has(finding)) return finding.textContent;
    return reader.parseFromString(inert.get(finding), "text/html").body.textContent;
  }

  const words = (value) => value.toLocaleLowerCase().split(/\s+/).filter(Boolean);

  function matches(finding, wanted, texts) {
    for (const [field, value] of wanted) {
      const has = finding.dataset[field];
      if (has === undefined) return false;
      if (field === "place" || field === "category" ? !has.split(" ").includes(value) : has !== value) return false;
    }
    if (!texts.length) return true;
    finding.text ??= said(finding).toLocaleLowerCase();
    return texts.every((text) => finding.text.includes(text));
  }

  function near(finding, is) {
    if (finding.classList.contains("near") === is) return;
    if (is) fill(finding);
    finding.classList.toggle("near", is);
  }

  function apply() {
    const wanted = fields.map((field) => [field, form.elements[field].value]).filter(([, value]) => value);
    const texts = words(form.elements.text.value);
    let count = 0;
    for (const finding of findings) {
      const keep = matches(finding, wanted, texts);
      if (finding.hidden === keep) finding.hidden = !keep;
      if (keep) count += 1;
      near(finding, keep && count <= most);
    }
    more.hidden = count <= most;
    shown.textContent = shown.dataset.words.replace("%(shown)s", count.toLocaleString(document.documentElement.lang));
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
  for (const finding of findings) finding.addEventListener("toggle", () => finding.open && explain(finding));
  // With scripts nobody need look there.
  document.getElementById("ways")?.setAttribute("hidden", "");

  // A link to a finding opens it, though a filter hid it.
  function open() {
    const finding = location.hash.startsWith("#f-") && document.getElementById(location.hash.slice(1));
    if (!finding) return;
    finding.hidden = false;
    near(finding, true);
    finding.open = true;
    finding.scrollIntoView();
  }
  addEventListener("hashchange", open);
  open();

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

  // What does not scroll need not be stopped at.
  for (const region of document.querySelectorAll(".scroll")) {
    if (region.scrollWidth <= region.clientWidth && region.scrollHeight <= region.clientHeight) {
      if (region.offsetParent) region.removeAttribute("tabindex");
    }
  }

  // On paper everything that is shown is open.
  let closed = [];
  addEventListener("beforeprint", () => {
    closed = [...document.querySelectorAll("details:not([open])")].filter((details) => !details.hidden);
    for (const finding of findings) near(finding, !finding.hidden);
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
})();
