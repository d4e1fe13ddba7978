// The Review page by keyboard: which card is focused, its words in the note, the answers it would change, one key per decision.
import { inField } from "./keys.js";
import { selectionIn } from "./selection.js";

const all = (selector, root = document) => [...root.querySelectorAll(selector)];

export function review() {
  const main = document.querySelector("main.review");
  if (!main) return;
  let shownSince = Date.now();
  let current = null; // id of the focused suggestion

  const cards = () => all("[data-card]");
  const card = () => document.getElementById(`suggestion-${current}`);

  function light(id) {
    if (id !== current) shownSince = Date.now();
    current = id;
    for (const each of cards()) each.classList.toggle("on", each.dataset.id === id);
    for (const mark of all("#text mark")) mark.classList.toggle("on", mark.dataset.for.split(" ").includes(id));
    const answers = all("[data-four]");
    const mine = answers.find((each) => each.dataset.four === id) ?? answers.find((each) => each.dataset.four === "stand");
    for (const each of answers) each.hidden = each !== mine;
  }

  function focus(next) {
    if (!next) { light(null); return; }
    light(next.dataset.id);
    next.focus({ preventScroll: true });
    next.scrollIntoView({ block: "nearest" });
    document.querySelector(`#text mark[data-for~="${next.dataset.id}"]`)?.scrollIntoView({ block: "nearest" });
  }

  function step(by) {
    const list = cards();
    if (!list.length) return;
    const at = list.findIndex((each) => each.dataset.id === current);
    focus(list[Math.min(list.length - 1, Math.max(0, at + by))]);
  }

  function press(button) {
    const form = button?.form;
    if (!form) return;
    const seconds = form.querySelector("[data-seconds]");
    if (seconds) seconds.value = ((Date.now() - shownSince) / 1000).toFixed(1);
    form.requestSubmit(button);
  }

  function startReject() {
    const details = card()?.querySelector("[data-reject]");
    if (!details) return;
    details.open = true;
    details.scrollIntoView({ block: "nearest" });
  }

  function startEdit() {
    const details = card()?.querySelector("[data-edit]");
    if (!details) return;
    details.open = true;
    details.querySelector("select, input:not([type=hidden])")?.focus();
  }

  function startMissed() {
    const details = document.querySelector("[data-missed]");
    if (!details) return;
    const chosen = selectionIn(document.getElementById("text"));
    details.open = true;
    if (chosen) {
      details.querySelector("[data-quote]").value = chosen.text;
      details.querySelector("[data-start]").value = chosen.start;
    }
    details.scrollIntoView({ block: "nearest" });
    details.querySelector(chosen ? "[data-label]" : "[data-quote]").focus();
  }

  const byKey = {
    j: () => step(1),
    k: () => step(-1),
    s: () => step(1),
    a: () => press(card()?.querySelector("[data-accept]")),
    A: (event) => event.shiftKey && press(document.querySelector("[data-accept-all]")), // Caps Lock alone does not mean all
    e: startEdit,
    r: startReject,
    m: startMissed,
    u: () => press(document.querySelector("[data-undo]") ?? document.querySelector("[data-undo-note]")),
    n: () => {
      const finish = document.querySelector("[data-finish]");
      if (finish) finish.form.requestSubmit(finish);
      else if (main.dataset.next) location.assign(main.dataset.next);
    },
    p: () => main.dataset.previous && location.assign(main.dataset.previous),
  };

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      const open = event.target.closest("details[open]") ?? card()?.querySelector("details[open]");
      if (open) { open.open = false; (open.closest("[data-card]") ?? open.querySelector("summary")).focus(); }
      return;
    }
    if (event.defaultPrevented || event.repeat) return;
    const rejecting = card()?.querySelector("[data-reject][open]");
    const reason = /^[1-8]$/.test(event.key) && rejecting?.querySelector(`[data-reason="${event.key}"]`);
    if (reason && (event.target.type === "radio" ? !event.ctrlKey && !event.metaKey && !event.altKey : !inField(event))) {
      event.preventDefault();
      reason.checked = true;
      press(rejecting.querySelector("[data-reject-now]"));
      return;
    }
    if (inField(event)) return;
    const act = byKey[event.key];
    if (act) { event.preventDefault(); act(event); }
  });

  // Clicking or tabbing into a card lights it; clicking a mark goes to its card.
  document.addEventListener("focusin", (event) => {
    const inside = event.target.closest("[data-card]");
    if (inside && inside.dataset.id !== current) light(inside.dataset.id);
  });
  document.addEventListener("click", (event) => {
    const mark = event.target.closest("#text mark");
    if (mark && getSelection().isCollapsed) focus(cards().find((each) => mark.dataset.for.split(" ").includes(each.dataset.id)));
  });
  document.addEventListener("submit", (event) => {
    const seconds = event.target.querySelector("[data-seconds]");
    if (seconds && !seconds.value) seconds.value = ((Date.now() - shownSince) / 1000).toFixed(1);
  }, true);

  // After a decision the next pending card is focused; after an undo, the one that came back.
  let place = 0;
  document.addEventListener("htmx:beforeRequest", () => { place = Math.max(0, cards().findIndex((each) => each.dataset.id === current)); });
  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.target.id !== "cards") return;
    const list = cards();
    const problem = document.getElementById("problem");
    if (problem) { light(current); problem.focus(); return; }
    const same = list.find((each) => each.dataset.id === current);
    const next = same ?? list[Math.min(place, list.length - 1)];
    if (next) focus(next);
    else { light(null); document.querySelector("[data-finish]")?.focus(); }
  });
  document.addEventListener("htmx:sendError", () => {
    const toast = document.getElementById("toast");
    toast.hidden = false;
    toast.classList.add("bad");
    toast.textContent = "The server cannot be reached. Nothing was stored; try again.";
  });

  focus(cards()[0]);
}
