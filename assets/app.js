// The console's own script: marks where we are, and uploads files with progress. Everything else works without it.
(() => {
  "use strict";
  for (const link of document.querySelectorAll(".topbar nav a")) {
    if (link.pathname === location.pathname) link.setAttribute("aria-current", "page");
  }

  const put = (url, headers, file, onProgress) =>
    new Promise((resolve, reject) => {
      const request = new XMLHttpRequest();
      request.open("PUT", url);
      for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
      request.upload.onprogress = (event) => event.lengthComputable && onProgress(Math.floor((event.loaded * 100) / event.total));
      request.onload = () => (request.status < 300 ? resolve() : reject(new Error("The store refused the file. Please try again.")));
      request.onerror = () => reject(new Error("The connection broke. The file was not taken; please try again."));
      request.send(file);
    });

  const sha256 = async (file) => {
    const digest = await crypto.subtle.digest("SHA-256", await file.arrayBuffer());
    return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  };

  const upload = async (form) => {
    const words = form.querySelector("[data-words]");
    const bar = form.querySelector("progress");
    const button = form.querySelector("button");
    const file = form.elements.file.files[0];
    if (!file) return;
    if (file.size > Number(form.dataset.max)) {
      words.textContent = "This file is too large. Cut it into several files.";
      return;
    }
    const fields = Object.fromEntries([...new FormData(form)].filter(([name]) => name !== "file").map(([name, value]) => [name, value || null]));
    button.disabled = true;
    bar.hidden = false;
    words.textContent = "Uploading " + file.name;
    try {
      const answer = await fetch(form.dataset.start, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ ...fields, filename: file.name, sha256: await sha256(file), size_bytes: file.size }),
      });
      const started = await answer.json();
      if (!answer.ok) throw new Error(started.detail || "The upload was refused.");
      await put(started.url, started.headers, file, (percent) => {
        bar.value = percent;
      });
      words.textContent = "Uploaded. Reading the file now; you can leave this page and come back.";
      location.assign(form.dataset.imports + "/" + encodeURIComponent(started.import_id || started.report_id));
    } catch (error) {
      words.textContent = error.message;
      button.disabled = false;
      bar.hidden = true;
    }
  };

  for (const part of document.querySelectorAll("[data-file-for]")) {
    const text = document.getElementById(part.dataset.fileFor);
    const words = part.querySelector("[data-words]");
    part.hidden = false;
    part.addEventListener("change", async (event) => {
      const file = event.target.files[0];
      if (!file) return;
      if (file.size > Number(part.dataset.max)) {
        words.textContent = "This file is too large. Export a shorter time.";
        return;
      }
      text.value = await file.text();
      words.textContent = file.name + " is in the field below.";
    });
  }

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.matches("[data-upload]")) {
      event.preventDefault();
      upload(form);
      return;
    }
    for (const button of form.querySelectorAll("button[type=submit]")) setTimeout(() => (button.disabled = true));
  });
  addEventListener("pageshow", () => {
    for (const button of document.querySelectorAll("button[type=submit]:disabled")) button.disabled = false;
  });
})();
