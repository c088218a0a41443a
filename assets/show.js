// A show's page: countdown, the visitor's own time, video after a click, and the live state. The page is complete without it.
(() => {
  "use strict";
  const body = document.body;
  const byId = (id) => document.getElementById(id);
  const starts = new Date(byId("starts").dateTime);
  let state = body.dataset.state;
  let version = Number(body.dataset.version);
  let poll = Number(body.dataset.poll);
  let plan = [];
  let etag = null;
  let failures = 0;
  let timer = 0;
  let shown = "";

  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const local = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "short" }).format(starts);
  byId("local").textContent = "Where you are: " + local + " (" + zone.replaceAll("_", " ") + ")";
  byId("local").hidden = false;

  const countDown = () => {
    const left = Math.floor((starts - Date.now()) / 1000);
    const box = byId("countdown");
    box.hidden = state !== "published" || left <= 0;
    if (box.hidden) return;
    const days = Math.floor(left / 86400);
    const clock = [Math.floor(left / 3600) % 24, Math.floor(left / 60) % 60, left % 60].map((n) => String(n).padStart(2, "0")).join(":");
    box.textContent = "Starts in " + (days > 0 ? days + (days === 1 ? " day " : " days ") : "") + clock;
  };

  const element = (name, text, className) => {
    const made = document.createElement(name);
    made.textContent = text;
    if (className) made.className = className;
    return made;
  };

  // The plan has absolute times, so the page flips by itself; the last pin whose time has come is on stage.
  const flip = () => {
    const now = Date.now();
    const pin = state === "live" ? plan.filter((entry) => new Date(entry.at) <= now).pop() : null;
    const inDeal = pin && pin.deal_until && new Date(pin.deal_until) > now;
    const key = pin ? pin.at + pin.sku + inDeal : "";
    if (key === shown) return;
    shown = key;
    const items = [...document.querySelectorAll("#products li")];
    const item = pin && items.find((each) => each.dataset.sku === pin.sku);
    for (const each of items) each.classList.toggle("on", each === item);
    byId("stage").hidden = !item;
    if (!item) return;
    const title = element("p", "", "stage-title");
    title.append(item.querySelector(".title").firstElementChild?.cloneNode(true) ?? item.querySelector(".title").textContent);
    const price = element("p", "", "price");
    const regular = item.querySelector(".price").textContent;
    if (inDeal) price.append(element("s", regular), " ", element("strong", pin.deal_price));
    else price.textContent = regular;
    byId("on-stage").replaceChildren(title, price);
  };

  const take = (news) => {
    if (news.version < version) return;
    version = news.version;
    state = news.state;
    poll = news.poll_seconds;
    plan = news.plan;
    body.dataset.state = state;
    if (byId("headline").textContent !== news.headline) byId("headline").textContent = news.headline;
    flip();
    countDown();
  };

  const ask = async () => {
    try {
      const answer = await fetch(body.dataset.stateUrl, { headers: etag ? { "If-None-Match": etag } : {}, cache: "no-store", credentials: "omit" });
      if (answer.ok) {
        etag = answer.headers.get("ETag");
        take(await answer.json());
      } else if (answer.status !== 304) throw new Error(String(answer.status));
      failures = 0;
    } catch {
      failures += 1;
    }
    next();
  };

  // Jitter keeps many viewers apart, failures double the wait (at most five minutes), a hidden page does not ask.
  const next = () => {
    clearTimeout(timer);
    if (poll > 0 && !document.hidden) timer = setTimeout(ask, Math.min(poll * 2 ** failures, 300) * (800 + Math.random() * 400));
  };

  const video = byId("video");
  if (video?.dataset.frame) {
    video.querySelector("a").addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      const frame = document.createElement("iframe");
      frame.src = video.dataset.frame;
      frame.title = "Video: " + video.dataset.title;
      frame.allow = "autoplay; fullscreen; picture-in-picture";
      frame.referrerPolicy = "strict-origin-when-cross-origin";
      video.replaceChildren(frame);
      frame.focus();
    });
  }

  document.addEventListener("visibilitychange", () => (document.hidden ? clearTimeout(timer) : poll > 0 && ask()));
  countDown();
  setInterval(() => { countDown(); if (plan.length) flip(); }, 1000);
  if (poll > 0) ask();
})();
