// What pages do in the browser. No page needs it to be read: without it times stay in UTC, charts
// keep their tables, and nothing renews itself.
"use strict";

const root = document.documentElement;
const THEME = "everlearn_theme";

/* ---- theme: before the first paint, so this file is not deferred ---- */

function storedTheme() {
  try {
    const theme = localStorage.getItem(THEME);
    return theme === "light" || theme === "dark" ? theme : null;
  } catch {
    return null; // storage can be switched off; then the system's theme holds
  }
}

const systemDark = matchMedia("(prefers-color-scheme: dark)");
if (storedTheme()) root.dataset.theme = storedTheme();

function toggleTheme() {
  const now = root.dataset.theme || (systemDark.matches ? "dark" : "light");
  const next = now === "dark" ? "light" : "dark";
  root.dataset.theme = next;
  try {
    localStorage.setItem(THEME, next);
  } catch {
    // the cookie below still carries it
  }
  document.cookie = `${THEME}=${next}; path=/; max-age=31536000; samesite=lax`;
}

/* ---- times in the reader's zone ---- */

const pad = (n) => String(n).padStart(2, "0");
const dayOf = (d) => `${d.getFullYear()}-${pad(d.getMonth() + 1)}-${pad(d.getDate())}`;
const clockOf = (d, seconds) =>
  `${pad(d.getHours())}:${pad(d.getMinutes())}${seconds ? `:${pad(d.getSeconds())}` : ""}`;
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone || "local time";

function localTimes(within) {
  for (const node of within.querySelectorAll("time[datetime]")) {
    const at = new Date(node.dateTime);
    if (Number.isNaN(at.getTime())) continue;
    const precision = node.dataset.precision;
    const text = precision === "day" ? dayOf(at) : `${dayOf(at)} ${clockOf(at, precision === "second")}`;
    node.title = node.dateTime;
    // "3 min ago" was counted from the page's own clock, which may be a replayed one.
    if (node.classList.contains("ago")) node.title = `${text} · ${node.dateTime}`;
    else node.textContent = text;
  }
  for (const mark of within.querySelectorAll(".mark[data-at]")) {
    const at = new Date(mark.dataset.at);
    mark.dataset.when = `${dayOf(at)} ${clockOf(at)}`;
  }
  for (const plot of within.querySelectorAll(".plot")) {
    const ticks = plot.querySelectorAll("text[data-at]");
    for (const tick of ticks) {
      const at = new Date(tick.dataset.at);
      const midnight = at.getHours() === 0 && at.getMinutes() === 0;
      tick.textContent = midnight
        ? at.toLocaleDateString("en-GB", { day: "numeric", month: "short" })
        : clockOf(at, at.getSeconds() !== 0);
    }
    if (ticks.length && new Date().getTimezoneOffset() !== 0)
      for (const node of plot.querySelectorAll(".zone")) node.textContent = "";
  }
}

/* ---- charts: read values with the pointer or the arrow keys ---- */

const readings = new WeakMap();

function reading(plot) {
  const figure = plot.closest("figure[data-chart]");
  if (!figure) return null;
  if (!readings.has(plot)) {
    const make = (cls) => {
      const node = document.createElement("div");
      node.className = cls;
      node.hidden = true;
      plot.append(node);
      return node;
    };
    const data = JSON.parse(figure.dataset.chart);
    const line = make("cross");
    line.style.height = `${plot.dataset.height}px`;
    const dots = data.s.map((s) => make(`cross-dot ${s.c}`));
    const tip = make("tip");
    tip.setAttribute("role", "status");
    readings.set(plot, { data, line, dots, tip, index: -1 });
  }
  return readings.get(plot);
}

function hideReading(plot) {
  const found = readings.get(plot);
  if (!found) return;
  found.index = -1;
  for (const node of [found.line, found.tip, ...found.dots]) node.hidden = true;
}

function showReading(plot, index) {
  const found = reading(plot);
  if (!found || !found.data.x.length) return;
  const { data, line, dots, tip } = found;
  const i = Math.max(0, Math.min(data.x.length - 1, index));
  if (i === found.index) return;
  found.index = i;
  const left = `${data.x[i] * 100}%`;
  line.hidden = tip.hidden = false;
  line.style.left = left;
  const at = new Date(data.t[i]);
  const rows = [Object.assign(document.createElement("b"), { textContent: `${dayOf(at)} ${clockOf(at)}` })];
  data.s.forEach((s, k) => {
    dots[k].hidden = s.y[i] === null;
    dots[k].style.left = left;
    dots[k].style.top = `${(1 - (s.y[i] ?? 0)) * plot.dataset.height}px`;
    const row = document.createElement("span");
    const swatch = Object.assign(document.createElement("i"), { className: `swatch ${s.c}` });
    const value = Object.assign(document.createElement("em"), { textContent: s.v[i] ?? "–" });
    row.append(swatch, s.n, value);
    rows.push(row);
  });
  tip.replaceChildren(...rows);
  tip.classList.toggle("to-left", data.x[i] > 0.6);
  tip.style.left = left;
}

function nearest(places, x) {
  let low = 0;
  let high = places.length - 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (places[middle] < x) low = middle;
    else high = middle;
  }
  return x - places[low] <= places[high] - x ? low : high;
}

function onPointer(event) {
  const plot = event.target.closest?.(".chart[data-chart] .plot");
  for (const other of document.querySelectorAll(".plot.reading"))
    if (other !== plot) {
      other.classList.remove("reading");
      hideReading(other);
    }
  if (!plot) return;
  plot.classList.add("reading");
  const box = plot.getBoundingClientRect();
  const found = reading(plot);
  if (found) showReading(plot, nearest(found.data.x, (event.clientX - box.left) / box.width));
}

function onPlotKey(event) {
  const plot = event.target;
  if (!plot.matches?.(".chart[data-chart] .plot")) return false;
  const found = reading(plot);
  const last = found.data.x.length - 1;
  const moves = {
    ArrowLeft: found.index < 0 ? last : found.index - 1,
    ArrowRight: found.index + 1,
    Home: 0,
    End: last,
  };
  if (event.key === "Escape") {
    hideReading(plot);
    return true;
  }
  if (!(event.key in moves)) return false;
  showReading(plot, moves[event.key]);
  return true;
}

/* ---- keys ---- */

let leader = 0;

const isField = (node) => node?.matches?.("input, textarea, select, [contenteditable]") ?? false;

function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  if (onPlotKey(event)) {
    event.preventDefault();
    return;
  }
  if (isField(event.target)) {
    if (event.key === "Escape") event.target.blur();
    return;
  }
  if (leader && Date.now() - leader < 1500) {
    leader = 0;
    const link = [...document.querySelectorAll("a[data-key]")].find((a) => a.dataset.key === event.key.toLowerCase());
    if (link) {
      event.preventDefault();
      link.click();
      return;
    }
  }
  if (event.key === "g") leader = Date.now();
  else if (event.key === "t") toggleTheme();
  else if (event.key === "?") openKeys();
  else if (event.key === "/") {
    const field = document.querySelector("main input[type=search], main .filter input, main .filter select");
    if (!field) return;
    event.preventDefault();
    field.focus();
    field.select?.();
  }
}

function openKeys() {
  const dialog = document.getElementById("keys");
  if (dialog && !dialog.open) dialog.showModal();
}

/* ---- copy, menu, dialogs ---- */

async function copy(button) {
  let said = "Copied";
  try {
    await navigator.clipboard.writeText(button.dataset.copy);
  } catch {
    // Without a secure origin there is no clipboard: select the text for the reader instead.
    const code = button.parentElement.querySelector("code");
    if (code) getSelection().selectAllChildren(code);
    said = "Selected";
  }
  button.textContent = said;
  setTimeout(() => (button.textContent = "Copy"), 1500);
}

function onClick(event) {
  const target = event.target.closest?.("button");
  if (!target) {
    if (event.target.id === "keys") event.target.close();
    return;
  }
  if ("copy" in target.dataset) copy(target);
  else if ("themeToggle" in target.dataset) toggleTheme();
  else if ("keysOpen" in target.dataset) openKeys();
  else if (target.classList.contains("menu")) {
    const open = target.getAttribute("aria-expanded") !== "true";
    target.setAttribute("aria-expanded", String(open));
  }
}

/* ---- live: the main part renews itself when the server says that something changed ---- */

function live(main) {
  const badge = document.querySelector("[data-live-state]");
  let last = 0;
  let timer = 0;
  let shown = null;

  const state = (name, text) => {
    if (!badge) return;
    badge.dataset.liveState = name;
    badge.querySelector("span").textContent = text;
  };
  // Never pull the page away under someone who reads, selects, types or follows a chart.
  const busy = () =>
    document.hidden ||
    (getSelection()?.toString() ?? "") !== "" ||
    isField(document.activeElement) ||
    main.querySelector(".plot.reading, .plot:focus, .mark:focus") !== null;

  const renew = async () => {
    timer = 0;
    if (busy()) {
      timer = setTimeout(renew, 1000);
      return;
    }
    last = Date.now();
    let answer;
    try {
      answer = await fetch(location.href, { headers: { "X-Everlearn-Partial": "1" }, redirect: "error" });
    } catch {
      state("away", "reconnecting");
      return; // the stream reports when the server is back, and that asks again
    }
    if (!answer.ok) return;
    const html = await answer.text();
    if (busy()) timer = setTimeout(renew, 1000);
    else if (html !== shown) swap(main, (shown = html));
  };
  const ask = () => {
    if (!timer) timer = setTimeout(renew, Math.max(0, last + 1000 - Date.now()));
  };

  const stream = new EventSource(main.dataset.live);
  let lost = false;
  stream.addEventListener("open", () => {
    state("on", "live");
    if (lost) ask(); // what happened meanwhile was not heard
    lost = false;
  });
  stream.addEventListener("change", ask);
  stream.addEventListener("error", () => {
    lost = true;
    state("away", "reconnecting");
  });
  addEventListener("pagehide", () => stream.close());
}

const nameOf = (node, i) => node.id || `${i}:${node.querySelector("summary")?.textContent ?? ""}`;

function swap(main, html) {
  const open = new Set([...main.querySelectorAll("details")].map((d, i) => [d, nameOf(d, i)]).filter(([d]) => d.open).map(([, name]) => name));
  const lefts = [...main.querySelectorAll(".scroll")].map((node) => [node.scrollLeft, node.scrollTop]);
  const before = [...main.querySelectorAll("[data-watch]")].map((node) => node.textContent);
  const held = main.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
  const top = scrollY;
  main.innerHTML = html;
  main.querySelectorAll("details").forEach((d, i) => (d.open = open.has(nameOf(d, i))));
  main.querySelectorAll(".scroll").forEach((node, i) => {
    if (lefts[i]) [node.scrollLeft, node.scrollTop] = lefts[i];
  });
  const now = [...main.querySelectorAll("[data-watch]")];
  if (now.length === before.length)
    now.forEach((node, i) => node.textContent !== before[i] && node.classList.add("changed"));
  if (held) [...main.querySelectorAll("a[href]")].find((a) => a.getAttribute("href") === held)?.focus();
  localTimes(main);
  scrollTo(scrollX, top);
}

/* ---- start ---- */

document.addEventListener("DOMContentLoaded", () => {
  const main = document.getElementById("main");
  localTimes(document);
  for (const node of document.querySelectorAll("[data-zone]")) node.textContent = zone;
  document.addEventListener("pointermove", onPointer, { passive: true });
  document.addEventListener("pointerdown", onPointer, { passive: true });
  document.addEventListener("focusout", (event) => event.target.matches?.(".plot") && hideReading(event.target));
  document.addEventListener("keydown", onKey);
  document.addEventListener("click", onClick);
  document.addEventListener("change", (event) => {
    if (event.target.matches?.("select[data-submit]")) event.target.form.requestSubmit();
  });
  if (main?.dataset.live && "EventSource" in window) live(main);
});
