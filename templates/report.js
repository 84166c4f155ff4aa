// What the page adds to its text: sorting, filtering, unfolding, light and dark. Nothing is lost without it.
"use strict";
(() => {
  const byId = (id) => document.getElementById(id);
  const root = document.documentElement;

  // Light and dark.
  const theme = byId("theme");
  const dark = () =>
    root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  const showTheme = () => {
    theme.textContent = dark() ? theme.dataset.light : theme.dataset.dark;
    theme.setAttribute("aria-label", dark() ? theme.dataset.useLight : theme.dataset.useDark);
    theme.setAttribute("aria-pressed", String(dark()));
  };
  theme.hidden = false;
  theme.addEventListener("click", () => {
    root.dataset.theme = dark() ? "light" : "dark";
    showTheme();
  });
  showTheme();

  // Rows: each has its evidence below the table; unfolded, a copy of it stands under the row.
  const body = byId("claims").tBodies[0];
  const rows = [...body.rows];
  const unfolded = new Map();
  const fold = (row) => {
    unfolded.get(row).remove();
    unfolded.delete(row);
    row.querySelector("a").setAttribute("aria-expanded", "false");
  };
  const unfold = (row) => {
    const copy = document.createElement("tr");
    const cell = copy.insertCell();
    copy.className = "unfolded";
    cell.colSpan = row.cells.length;
    cell.append(byId(`claim-${row.dataset.number}`).querySelector(".body").cloneNode(true));
    row.after(copy);
    unfolded.set(row, copy);
    row.querySelector("a").setAttribute("aria-expanded", "true");
  };
  for (const row of rows) {
    const link = row.querySelector("a");
    link.setAttribute("role", "button");
    link.setAttribute("aria-expanded", "false");
    const toggle = () => (unfolded.has(row) ? fold(row) : unfold(row));
    link.addEventListener("click", (event) => {
      event.preventDefault();
      toggle();
    });
    link.addEventListener("keydown", (event) => {
      if (event.key === " ") {
        event.preventDefault();
        toggle();
      }
    });
  }

  // Sorting; the first click on a number puts the largest first.
  const labels = ["SUPPORTED", "CONFLICTING", "REFUTED", "NOT_ENOUGH_INFO"];
  const collator = new Intl.Collator(root.lang, { numeric: true });
  const orders = {
    text: (a, b) => collator.compare(a.cells[0].textContent, b.cells[0].textContent),
    verified: (a, b) => b.dataset.verified - a.dataset.verified,
    confidence: (a, b) => b.dataset.confidence - a.dataset.confidence,
    label: (a, b) => labels.indexOf(a.dataset.label) - labels.indexOf(b.dataset.label),
  };
  const falling = new Set(["verified", "confidence"]);
  const heads = [...document.querySelectorAll("#claims th")];
  const sortBy = (head) => {
    const key = head.dataset.sort;
    const first = falling.has(key) ? "descending" : "ascending";
    const second = falling.has(key) ? "ascending" : "descending";
    const direction = head.getAttribute("aria-sort") === first ? second : first;
    for (const other of heads) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", direction);
    const sign = direction === first ? 1 : -1;
    const ranked = [...rows].sort((a, b) => sign * orders[key](a, b) || a.dataset.number - b.dataset.number);
    for (const row of ranked) body.append(row, ...(unfolded.has(row) ? [unfolded.get(row)] : []));
  };
  for (const head of heads) {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => sortBy(head));
  }

  // Filtering, also by the words of the evidence.
  const form = byId("filter");
  const texts = new Map(rows.map((row) => [row, byId(`claim-${row.dataset.number}`).textContent.toLocaleLowerCase()]));
  const filter = () => {
    const words = byId("filter-text").value.toLocaleLowerCase().trim();
    const label = byId("filter-label").value;
    const least = Number(byId("filter-confidence").value);
    let shown = 0;
    for (const row of rows) {
      const kept =
        texts.get(row).includes(words) && (!label || row.dataset.label === label) && row.dataset.confidence >= least;
      row.hidden = !kept;
      if (!kept && unfolded.has(row)) fold(row);
      shown += kept;
    }
    byId("filter-least").textContent = least.toFixed(2);
    const count = byId("filter-count");
    count.textContent = count.dataset.words.replace("{shown}", shown);
  };
  form.hidden = rows.length === 0;
  form.addEventListener("input", filter);
  form.addEventListener("submit", (event) => event.preventDefault());
  filter();

  // A link to a claim opens its evidence; paper shows all of it.
  const openTarget = () => {
    const target = byId(location.hash.slice(1));
    if (target instanceof HTMLDetailsElement) target.open = true;
  };
  addEventListener("hashchange", openTarget);
  openTarget();
  let closed = [];
  addEventListener("beforeprint", () => {
    closed = [...document.querySelectorAll("details:not([open])")];
    for (const details of closed) details.open = true;
  });
  addEventListener("afterprint", () => {
    for (const details of closed) details.open = false;
  });
})();
