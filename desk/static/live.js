// Keeps the page fresh without reloading: swaps the parts that changed, keeps scroll, focus and half-written forms.
"use strict";
(() => {
  const body = document.body;
  const state = document.getElementById("link-state");
  const strip = document.getElementById("link-strip");
  const title = document.title;
  let shown = Number(body.dataset.version || 0);
  let offset = Number(body.dataset.now || Date.now()) - Date.now();
  let busy = false;
  let again = false;
  let fresh = 0;

  const words = { on: "实时", waiting: "连接中…", lost: "连接中断" };
  function link(kind, text) {
    if (!state) return;
    state.className = "link-state" + (kind === "on" ? "" : " " + kind);
    if (state.textContent !== words[kind]) state.textContent = words[kind];
    if (text) strip.textContent = text;
    strip.hidden = !text;
  }

  // ---- swapping ------------------------------------------------------------------------------
  // What the server sent for a node, without the texts that only the passing of time changes.
  const sent = new WeakMap();
  function essence(node) {
    const copy = node.cloneNode(true);
    for (const moving of copy.querySelectorAll("[data-ago],[data-due]")) moving.textContent = "";
    return copy.innerHTML;
  }
  function remember(region) {
    sent.set(region, essence(region));
    if (region.dataset.live === "keyed") for (const child of region.children) sent.set(child, essence(child));
  }
  function adopt(node) {
    const made = document.importNode(node, true);
    sent.set(made, essence(node));
    return made;
  }
  function swapKeyed(old, next) {
    const have = new Map([...old.children].map((child) => [child.dataset.key, child]));
    let place = old.firstElementChild;
    for (const wanted of next.children) {
      const known = have.get(wanted.dataset.key);
      have.delete(wanted.dataset.key);
      if (!known) {
        const made = adopt(wanted);
        made.classList.add("fresh");
        old.insertBefore(made, place);
      } else {
        if (known === place) place = place.nextElementSibling;
        else old.insertBefore(known, place);
        if (sent.get(known) !== essence(wanted)) known.replaceWith(adopt(wanted));
      }
    }
    for (const gone of have.values()) gone.remove();
  }
  function swapWhole(old, next) {
    old.replaceChildren(...[...next.childNodes].map((node) => document.importNode(node, true)));
    for (const name of ["class", "data-count"]) if (next.hasAttribute(name)) old.setAttribute(name, next.getAttribute(name));
  }
  function isWriting(region) {
    const active = document.activeElement;
    return region.contains(active) && active.matches("input,textarea,select");
  }
  // What the reader looks at: the focused thing, else the first thing below the top bar. It stays where it is.
  function landmark() {
    if (window.scrollY === 0) return null;
    const seen = (node) => { const box = node.getBoundingClientRect(); return box.height && box.bottom > 50 && box.top < innerHeight; };
    const active = document.activeElement;
    const nodes = [...document.querySelectorAll("main [data-key], main section, main h1, main h2, main form")];
    const node = active !== body && seen(active) ? active : nodes.find((each) => seen(each) && each.getBoundingClientRect().top >= 46) || nodes.find(seen);
    return node ? { node, top: node.getBoundingClientRect().top } : null;
  }
  function swap(page) {
    const held = landmark();
    swapRegions(page);
    if (held && held.node.isConnected) window.scrollBy(0, held.node.getBoundingClientRect().top - held.top);
  }
  function swapRegions(page) {
    for (const region of document.querySelectorAll("[data-live]")) {
      const next = page.getElementById(region.id);
      if (!next || isWriting(region) || sent.get(region) === essence(next)) continue;
      const active = region.contains(document.activeElement) ? document.activeElement : null;
      const href = active && active.getAttribute("href");
      const open = [...region.querySelectorAll("details[open][id]")].map((item) => item.id);
      if (region.dataset.live === "keyed" && next.dataset.live === "keyed") swapKeyed(region, next);
      else swapWhole(region, next);
      sent.set(region, essence(next));
      for (const item of region.querySelectorAll("details[id]")) if (open.includes(item.id)) item.open = true;
      if (active && !document.contains(active)) {
        const again = (active.id && document.getElementById(active.id)) || [...region.querySelectorAll("a[href]")].find((link) => link.getAttribute("href") === href);
        if (again) again.focus({ preventScroll: true });
      }
    }
  }
  function badge(page) {
    const now = Number((page.getElementById("nav") || {}).dataset?.count || 0);
    const newest = page.body.dataset.newestAlert || "";
    if (newest && newest !== body.dataset.newestAlert) {
      body.dataset.newestAlert = newest;
      if (document.hidden) fresh += 1;
    }
    document.title = fresh ? `(${fresh} 条新预警) ${title}` : (now ? `(${now}) ${title}` : title);
  }
  document.addEventListener("visibilitychange", () => { if (!document.hidden && fresh) { fresh = 0; refresh(); } });

  const PAUSE_MS = 1200; // a busy hour changes something every second; a page need not
  async function refresh() {
    if (busy) { again = true; return; }
    busy = true;
    try {
      const answer = await fetch(location.href, { credentials: "same-origin" });
      if (answer.redirected && new URL(answer.url).pathname === "/login") { signedOut(); return; }
      if (!answer.ok) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (!page.body.dataset.version) return;
      shown = Number(page.body.dataset.version);
      swap(page);
      badge(page);
      tick();
    } catch (problem) {
      link("lost", "连接中断：页面停在最后一次更新的内容，正在重试…");
    } finally {
      setTimeout(() => { busy = false; if (again) { again = false; refresh(); } }, PAUSE_MS);
    }
  }
  function signedOut() {
    link("lost", "登录已过期，请重新登录。页面不再更新。");
  }

  // ---- the stream ----------------------------------------------------------------------------
  function hear(message) {
    if (message.now) offset = message.now - Date.now();
    if (message.kind === "version") {
      link("on", "");
      if (message.version !== shown) { shown = message.version; refresh(); }
    } else if (message.kind === "clock") {
      link("on", "");
      if (body.dataset.steady) refresh();
    } else if (message.kind === "trouble") {
      link("lost", "数据库暂时读不到：页面停在最后一次更新的内容，恢复后自动更新。");
    } else if (message.kind === "lost") {
      link("lost", "连接中断：页面停在最后一次更新的内容，正在重试…");
    } else if (message.kind === "signed-out") {
      signedOut();
    }
  }
  function listen() {
    if (window.SharedWorker) {
      const worker = new SharedWorker(body.dataset.worker);
      worker.port.onmessage = (event) => hear(event.data);
      worker.onerror = direct;
      window.addEventListener("pagehide", () => worker.port.postMessage("bye"));
    } else direct();
  }
  function direct() {
    const source = new EventSource("/live");
    for (const kind of ["version", "clock", "trouble"]) {
      source.addEventListener(kind, (event) => hear({ kind, ...JSON.parse(event.data) }));
    }
    source.addEventListener("signed-out", () => { source.close(); hear({ kind: "signed-out" }); });
    source.onerror = () => {
      hear({ kind: "lost" });
      if (source.readyState === EventSource.CLOSED) setTimeout(direct, 5000);
    };
  }

  // ---- clocks --------------------------------------------------------------------------------
  function span(ms) {
    const left = Math.floor(Math.abs(ms) / 1000);
    if (left < 60) return `${left} 秒`;
    if (left < 3600) return `${Math.floor(left / 60)} 分钟`;
    if (left < 86400) { const m = Math.floor((left % 3600) / 60); return `${Math.floor(left / 3600)} 小时` + (m ? ` ${m} 分` : ""); }
    const h = Math.floor((left % 86400) / 3600);
    return `${Math.floor(left / 86400)} 天` + (h ? ` ${h} 小时` : "");
  }
  function exact(ms) {
    const left = Math.floor(Math.abs(ms) / 1000);
    const two = (n) => String(n).padStart(2, "0");
    return `${Math.floor(left / 3600)}:${two(Math.floor((left % 3600) / 60))}:${two(left % 60)}`;
  }
  function put(node, text) { if (node.textContent !== text) node.textContent = text; }
  function tick() {
    const now = Date.now() + offset;
    for (const node of document.querySelectorAll("time[data-ago]")) {
      const gap = now - Number(node.dataset.ago);
      put(node, Math.abs(gap) < 60000 ? "刚刚" : span(gap) + (gap > 0 ? "前" : "后"));
    }
    for (const node of document.querySelectorAll("[data-due]")) {
      const gap = Number(node.dataset.due) - now;
      put(node, gap >= 0 ? `剩余 ${exact(gap)}` : `已超时 ${exact(gap)}`);
      const box = node.closest("[data-due-box]") || node;
      box.classList.toggle("over", gap < 0);
      box.classList.toggle("soon", gap >= 0 && gap < Number(node.dataset.soon || 3600000));
    }
    const clock = document.getElementById("clock");
    if (clock) put(clock, new Intl.DateTimeFormat("zh-CN", { timeZone: "Asia/Shanghai", month: "numeric", day: "numeric", weekday: "short", hour: "2-digit", minute: "2-digit", hour12: false }).format(now));
  }

  // ---- small manners -------------------------------------------------------------------------
  if (new URLSearchParams(location.search).has("done")) {
    const clean = new URL(location.href);
    clean.searchParams.delete("done");
    clean.searchParams.delete("undo");
    history.replaceState(null, "", clean);
  }
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.dataset.sent) { event.preventDefault(); return; }
    if (form.method === "post") form.dataset.sent = "1";
    if (form.classList.contains("filters")) {
      for (const field of form.elements) if (field.name && !field.value) field.disabled = true;
    }
  });
  document.addEventListener("change", (event) => {
    const form = event.target.closest("form[data-auto]");
    if (form && event.target.tagName === "SELECT") form.requestSubmit();
  });
  for (const button of document.querySelectorAll("[data-print]")) button.addEventListener("click", () => window.print());

  window.addEventListener("pageshow", (event) => {
    if (!event.persisted) return; // back from another page: forms usable again, contents fresh
    for (const form of document.forms) { delete form.dataset.sent; for (const field of form.elements) field.disabled = false; }
    refresh();
  });

  for (const region of document.querySelectorAll("[data-live]")) remember(region);
  tick();
  setInterval(tick, 1000);
  badge(document);
  if (body.dataset.worker) listen();
})();
