// Renews what has changed on a page while somebody looks at it. One stream of events tells
// when: it is closed while the page is hidden, as a browser has only six connections to a
// server for all of its tabs. Without this script the page is the same, as of its loading.
"use strict";
(() => {
  const about = document.body.dataset.about;
  const says = document.getElementById("link");
  let stream, timer, busy = false, again = false;

  // What a page keeps when a part of it is replaced: open details and the focus.
  const keep = (old, fresh) => {
    for (const d of old.querySelectorAll("details[open][id]")) {
      const same = fresh.querySelector("#" + CSS.escape(d.id));
      if (same) same.open = true;
    }
    const at = document.activeElement;
    if (!old.contains(at)) return () => {};
    const all = [...old.querySelectorAll("a, button, summary, input, [tabindex]")];
    const place = all.indexOf(at);
    return () => {
      const now = [...fresh.querySelectorAll("a, button, summary, input, [tabindex]")];
      const to = now.find((e) => e.outerHTML === at.outerHTML) || now[place];
      if (to) to.focus({ preventScroll: true });
    };
  };

  const renew = async () => {
    if (busy) { again = true; return; }
    busy = true;
    try {
      const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
      if (answer.status === 401) { location.reload(); return; }
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      for (const old of document.querySelectorAll("[data-live]")) {
        const fresh = page.getElementById(old.id);
        if (!fresh || fresh.outerHTML === old.dataset.was) continue;
        const was = fresh.outerHTML;
        const focus = keep(old, fresh);
        old.replaceWith(fresh);
        fresh.dataset.was = was;
        focus();
      }
      document.title = page.title;
    } catch { /* the stream says when the server is there again */ }
    busy = false;
    if (again) { again = false; soon(); }
  };
  const soon = () => { timer ||= setTimeout(() => { timer = undefined; renew(); }, 150); };

  const open = () => {
    stream = new EventSource("/events?about=" + encodeURIComponent(about));
    stream.onopen = () => { says.hidden = true; renew(); };
    stream.onmessage = soon;
    stream.onerror = () => { says.textContent = "The server does not answer; trying again."; says.hidden = false; };
  };
  const watch = () => {
    if (document.hidden) { stream?.close(); stream = undefined; } else if (!stream) open();
  };
  if (about) {
    for (const e of document.querySelectorAll("[data-live]")) e.dataset.was = e.outerHTML;
    document.addEventListener("visibilitychange", watch);
    addEventListener("pagehide", () => { stream?.close(); stream = undefined; });
    addEventListener("pageshow", watch);
    watch();
  }

  // A log that is followed: a line is "level TAB text".
  const log = document.getElementById("log");
  if (!log) return;
  const most = 20000;
  const pause = document.getElementById("pause");
  let held = [], rest = "";
  const paused = () => pause.getAttribute("aria-pressed") === "true";
  const show = (lines) => {
    const end = log.scrollTop + log.clientHeight > log.scrollHeight - 40;
    for (const line of lines) {
      const [level, text] = [line.slice(0, line.indexOf("\t")), line.slice(line.indexOf("\t") + 1)];
      const row = document.createElement("div");
      row.textContent = text;
      if (level) row.className = level;
      log.append(row);
    }
    while (log.childElementCount > most) log.firstElementChild.remove();
    if (end) log.scrollTop = log.scrollHeight;
  };
  pause.onclick = () => {
    pause.setAttribute("aria-pressed", String(!paused()));
    if (!paused()) { show(held); held = []; }
  };
  document.getElementById("clear").onclick = () => { log.replaceChildren(); };
  document.getElementById("tail-buttons").hidden = false;
  log.scrollTop = log.scrollHeight;
  const follow = async (since) => {
    const answer = await fetch(log.dataset.follow + "&since=" + since);
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      const lines = (rest + value).split("\n");
      rest = lines.pop();
      const whole = lines.filter((l) => l.includes("\t"));
      if (paused()) held = held.concat(whole).slice(-most); else show(whole);
    }
  };
  follow(log.dataset.since).catch(() => { says.textContent = "The log is not followed any more."; says.hidden = false; });
})();
