// What the pages add to their text: light and dark, the claims table filtered as one types, live progress, a few keys.
// Nothing is lost without it.
"use strict";
(() => {
  const root = document.documentElement;
  const byId = (id) => document.getElementById(id);

  // Light and dark, kept in this browser; set before the page is painted.
  const store = {
    get: () => {
      try { return localStorage.getItem("theme"); } catch { return null; }
    },
    set: (value) => {
      try { localStorage.setItem("theme", value); } catch { /* a browser that keeps nothing still switches */ }
    },
  };
  const kept = store.get();
  if (kept === "light" || kept === "dark") root.dataset.theme = kept;

  const switchTheme = () => {
    const button = byId("theme");
    const system = matchMedia("(prefers-color-scheme: dark)");
    const dark = () => (root.dataset.theme ? root.dataset.theme === "dark" : system.matches);
    const show = () => { button.textContent = dark() ? button.dataset.light : button.dataset.dark; };
    button.hidden = false;
    button.addEventListener("click", () => {
      root.dataset.theme = dark() ? "light" : "dark";
      store.set(root.dataset.theme);
      show();
    });
    system.addEventListener("change", show);
    show();
  };

  // The claims table: the same rule as the server's, which reads the same fields.
  const labels = ["SUPPORTED", "CONFLICTING", "REFUTED", "NOT_ENOUGH_INFO"];
  const orders = {
    number: () => 0,
    confidence: (a, b) => b.dataset.confidence - a.dataset.confidence,
    label: (a, b) => labels.indexOf(a.dataset.label) - labels.indexOf(b.dataset.label),
    verified: (a, b) => b.dataset.verified - a.dataset.verified,
  };
  const usual = { sort: "number", least: "0" };
  const filterClaims = () => {
    const form = byId("filter");
    if (!form) return;
    const table = byId("table");
    const count = byId("count");
    const rows = [...table.tBodies];
    const plain = (text) => text.toLocaleLowerCase().replace(/\s+/g, " ");
    const texts = new Map();
    const words = (row) => {
      if (!texts.has(row)) texts.set(row, [...row.querySelectorAll("[data-find]")].map((e) => plain(e.textContent)));
      return texts.get(row);
    };
    const fits = (row, asked) =>
      (!asked.label || row.dataset.label === asked.label) &&
      row.dataset.confidence >= Number(asked.least || 0) &&
      (!asked.language || row.dataset.languages.split(" ").includes(asked.language)) &&
      (!asked.text || words(row).some((text) => text.includes(asked.text)));
    const apply = () => {
      const asked = Object.fromEntries(new FormData(form));
      asked.text = plain(asked.text).trim();
      const first = orders[asked.sort] ?? orders.number;
      const ranked = [...rows].sort((a, b) => first(a, b) || a.dataset.number - b.dataset.number);
      if (ranked.some((row, i) => table.tBodies[i] !== row)) table.append(...ranked);
      for (const row of rows) row.hidden = !fits(row, asked);
      const shown = rows.filter((row) => !row.hidden).length;
      count.textContent = count.dataset.words.replace("{shown}", shown).replace("{all}", rows.length);
      byId("nothing").hidden = shown > 0;
    };
    const remember = () => {
      const query = new URLSearchParams([...new FormData(form)].filter(([name, value]) => value && value !== usual[name]));
      history.replaceState(null, "", `${form.getAttribute("action").split("#")[0]}?${query}`);
    };
    form.addEventListener("input", apply);
    form.addEventListener("change", remember);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      apply();
      remember();
    });
    byId("reset").addEventListener("click", (event) => {
      event.preventDefault();
      for (const field of form.elements) if (field.name) field.value = usual[field.name] ?? "";
      apply();
      remember();
      form.elements.text.focus();
    });
  };

  // Keys act only where a line of evidence has the focus, so that none is taken from a reader's own tools.
  const keysOfEvidence = () => {
    const table = byId("table");
    if (!table) return;
    table.addEventListener("keydown", (event) => {
      if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
      const line = event.target.closest("summary");
      if (event.key === "Escape") {
        const open = event.target.closest("tbody")?.querySelector("details[open]");
        if (open) {
          open.open = false;
          open.querySelector("summary").focus();
        }
      } else if (line && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
        const lines = [...table.querySelectorAll("tbody:not([hidden]) > .more summary")];
        const next = lines[lines.indexOf(line) + (event.key === "ArrowDown" ? 1 : -1)];
        if (next) {
          event.preventDefault();
          next.focus();
        }
      }
    });
  };

  // A link to a claim unfolds its evidence and brings it back if the filter hid it.
  const openTarget = () => {
    const target = byId(decodeURIComponent(location.hash.slice(1)));
    if (target?.matches("#table > tbody")) {
      target.hidden = false;
      target.querySelector("details").open = true;
      target.scrollIntoView();
    }
  };

  // Live progress: at each change the page is asked for again and its part put in place, so that the words are the server's.
  const clock = (seconds) => {
    const two = (n) => String(n).padStart(2, "0");
    const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, Math.floor(seconds) % 60];
    return h ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
  };
  const followJob = () => {
    const part = () => byId("progress");
    if (!part()) return;
    const active = () => ["waiting", "running"].includes(part().dataset.state);
    const address = part().dataset.job;
    let since = performance.now();
    const tick = () => {
      const elapsed = byId("elapsed");
      if (active()) elapsed.textContent = clock(Number(elapsed.dataset.seconds) + (performance.now() - since) / 1000);
    };
    let seen;
    let wanted;
    let asking = false;
    // A stage is said aloud at most every few seconds, the end always.
    let said = -Infinity;
    const speak = (words) => {
      if (byId("spoken").textContent === words || (active() && performance.now() - said < 6000)) return;
      byId("spoken").textContent = words;
      said = performance.now();
    };
    const replace = async () => {
      const answer = await fetch(address, { credentials: "same-origin", cache: "no-store" });
      if (!answer.ok) return;
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("progress");
      const focused = part().contains(document.activeElement) ? document.activeElement.localName : null;
      part().replaceWith(document.adoptNode(fresh));
      if (focused) (part().querySelector(focused) ?? byId("content")).focus();
      since = performance.now();
      speak(fresh.dataset.spoken);
    };
    const refresh = async (job) => {
      wanted = JSON.stringify([job.state, job.message, job.run, job.stages.map((s) => [s.name, s.state, s.detail])]);
      if (asking) return; // whoever is asking sees what is wanted when it is done
      asking = true;
      try {
        while (wanted !== seen) {
          const now = wanted;
          await replace();
          seen = now;
        }
      } finally {
        asking = false;
      }
    };
    if (!active()) return;
    const ticking = setInterval(tick, 1000);
    let events;
    let polling;
    const stop = () => {
      if (active()) return;
      clearInterval(ticking);
      clearInterval(polling);
      events?.close();
    };
    const poll = async () => {
      const answer = await fetch(`${address}/state`, { credentials: "same-origin", cache: "no-store" }).catch(() => null);
      if (answer?.ok) await refresh(await answer.json());
      stop();
    };
    const fallBack = () => {
      events?.close();
      polling ??= setInterval(poll, 1500);
    };
    if (!window.EventSource) return fallBack();
    events = new EventSource(`${address}/events`);
    events.addEventListener("message", async (event) => {
      await refresh(JSON.parse(event.data));
      stop();
    });
    events.addEventListener("error", fallBack);
  };

  // Ctrl+Enter (⌘ Enter) in a field of several lines sends its form; a menu closes by Escape or a click elsewhere.
  const smallKeys = () => {
    for (const field of document.querySelectorAll("[data-submit]")) {
      field.addEventListener("keydown", (event) => {
        if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) field.form.requestSubmit();
      });
    }
    const menu = document.querySelector(".menu");
    if (!menu) return;
    menu.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && menu.open) {
        menu.open = false;
        menu.querySelector("summary").focus();
      }
    });
    document.addEventListener("click", (event) => {
      if (!menu.contains(event.target)) menu.open = false;
    });
  };

  document.addEventListener("DOMContentLoaded", () => {
    switchTheme();
    filterClaims();
    keysOfEvidence();
    followJob();
    smallKeys();
    addEventListener("hashchange", openTarget);
    openTarget();
    document.querySelector(".problems")?.querySelector("a")?.focus();
  });
})();
