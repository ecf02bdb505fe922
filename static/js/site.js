// Progressive enhancement: every page works without this script.
(() => {
  "use strict";
  const doc = document;
  const lang = doc.documentElement.lang;
  const basket = doc.querySelector("[data-basket]");
  const status = doc.getElementById("status");
  const digits = (n) => n.toLocaleString(lang === "ar" ? "ar-u-nu-latn" : lang);

  // Show the number of items in the basket, from a cookie that holds only that.
  function count() {
    if (!basket) return;
    const n = Number(/(?:^|;\s*)basket=(\d{1,5})(?:;|$)/.exec(doc.cookie)?.[1] ?? 0);
    basket.lastElementChild.textContent = n ? digits(n) : "";
  }
  count();
  addEventListener("pageshow", count);

  // Submit at once when an option is chosen with a pointer. The arrow keys step
  // through the options, so keyboard users press the button.
  for (const select of doc.querySelectorAll("select[data-submit]")) {
    let keys = false;
    select.addEventListener("keydown", (e) => { keys = /^Arrow|^Page|^Home$|^End$|^.$/.test(e.key); });
    select.addEventListener("pointerdown", () => { keys = false; });
    select.addEventListener("change", () => { if (!keys) select.form.requestSubmit(); });
  }

  // Some browsers drop table semantics from tables with display: block rows.
  for (const [selector, role] of Object.entries({
    table: "table", "thead, tbody": "rowgroup", tr: "row", td: "cell", "th[scope=col]": "columnheader", "th[scope=row]": "rowheader",
  })) for (const part of doc.querySelectorAll(selector)) part.setAttribute("role", role);

  for (const button of doc.querySelectorAll("[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => print());
  }

  // Add to the basket without leaving the page. On any unexpected response,
  // submit the form normally.
  let hide;
  function say(text) {
    clearTimeout(hide);
    status.textContent = text;
    const link = basket.cloneNode(true);
    link.querySelector("svg")?.remove();
    link.removeAttribute("data-basket");
    status.append(" ", link);
    hide = setTimeout(() => { if (!status.contains(doc.activeElement)) status.textContent = ""; }, 12000);
  }

  async function add(form, button) {
    const body = new URLSearchParams(new FormData(form));
    if (button?.name) body.set(button.name, button.value);
    form.setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(form.action, { method: "POST", body, redirect: "follow", headers: { Accept: "text/html" } });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const notice = page.querySelector("[data-notice]");
      if (!answer.ok || !answer.redirected || notice?.classList.contains("error")) throw new Error("not added");
      count();
      say(notice?.textContent.trim() || status.dataset.added);
    } catch {
      form.dataset.plain = "yes";
      form.requestSubmit(button);
    } finally {
      form.removeAttribute("aria-busy");
    }
  }

  doc.addEventListener("submit", (e) => {
    const form = e.target;
    if (!form.matches("form[data-add]") || form.dataset.plain || !basket || !status) return;
    e.preventDefault();
    if (form.getAttribute("aria-busy") !== "true") add(form, e.submitter);
  });

  // The most viewed medicines are fetched because the page itself is cached.
  async function looked(section) {
    try {
      const { medicines } = await (await fetch(section.dataset.looked)).json();
      for (const { name, url } of medicines) {
        const link = doc.createElement("a");
        link.href = url;
        link.textContent = name;
        const item = doc.createElement("li");
        item.append(link);
        section.lastElementChild.append(item);
      }
      section.hidden = !medicines.length;
    } catch { /* the section stays hidden */ }
  }
  for (const section of doc.querySelectorAll("[data-looked]")) looked(section);

  // Suggestions: an editable combobox with a listbox, as in the WAI-ARIA pattern.
  for (const form of doc.querySelectorAll("form[data-suggest]")) suggest(form, form.elements.q);

  function suggest(form, input) {
    const list = doc.createElement("ul");
    list.id = "suggestions";
    list.hidden = true;
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", form.querySelector("label").textContent);
    const told = doc.createElement("p");
    told.className = "vh";
    told.setAttribute("role", "status");
    form.append(list, told);
    const set = (attributes) => { for (const [k, v] of Object.entries(attributes)) input.setAttribute(k, v); };
    set({ role: "combobox", autocomplete: "off", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": list.id });
    let timer, request, active = -1;

    function close() {
      clearTimeout(timer);
      request?.abort();
      active = -1;
      list.hidden = true;
      list.replaceChildren();
      told.textContent = "";
      set({ "aria-expanded": "false" });
      input.removeAttribute("aria-activedescendant");
    }

    function mark(i) {
      const options = list.children;
      options[active]?.setAttribute("aria-selected", "false");
      active = (i + options.length + 1) % (options.length + 1);
      if (active === options.length) {
        active = -1;
        input.removeAttribute("aria-activedescendant");
        return;
      }
      options[active].setAttribute("aria-selected", "true");
      options[active].scrollIntoView({ block: "nearest" });
      set({ "aria-activedescendant": options[active].id });
    }

    function show(found) {
      const rows = new Map(found.results.map((r) => [r.match ? r.name + " – " + r.match : r.name, r.url]));
      if (!rows.size) for (const q of found.questions ?? []) rows.set(q.text, q.url);
      list.replaceChildren(...[...rows].slice(0, 8).map(([text, url], i) => {
        const option = doc.createElement("li");
        option.id = "suggestion-" + i;
        option.dir = "auto";
        option.textContent = text;
        option.dataset.url = url;
        option.setAttribute("role", "option");
        option.setAttribute("aria-selected", "false");
        return option;
      }));
      active = -1;
      input.removeAttribute("aria-activedescendant");
      list.hidden = !rows.size;
      told.textContent = form.dataset.count.replace("#", digits(list.children.length));
      set({ "aria-expanded": String(!list.hidden) });
    }

    async function ask() {
      const q = input.value.trim();
      request?.abort();
      if (q.length < 2) return close();
      const { signal } = request = new AbortController();
      try {
        const answer = await fetch(form.dataset.suggest + "?" + new URLSearchParams({ q, lang }), { signal });
        if (!answer.ok) throw new Error("no suggestions");
        const found = await answer.json();
        if (!signal.aborted && doc.activeElement === input) show(found);
      } catch (e) {
        if (e.name !== "AbortError") close();
      }
    }

    const go = (option) => location.assign(option.dataset.url);
    input.addEventListener("input", () => {
      clearTimeout(timer);
      request?.abort(); // it was for the previous value
      timer = setTimeout(ask, 200);
    });
    input.addEventListener("blur", close);
    input.addEventListener("keydown", (e) => {
      if (e.isComposing) return;
      if (e.key === "ArrowDown" && list.hidden) return void ask();
      if (list.hidden) return;
      if (e.key === "ArrowDown") mark(active + 1);
      else if (e.key === "ArrowUp") mark(active < 0 ? list.children.length - 1 : active - 1);
      else if (e.key === "Escape") close();
      else if (e.key === "Enter" && active >= 0) go(list.children[active]);
      else return;
      e.preventDefault();
    });
    list.addEventListener("pointerdown", (e) => e.preventDefault());
    list.addEventListener("click", (e) => {
      const option = e.target.closest("[role=option]");
      if (option) go(option);
    });
    form.addEventListener("submit", close);
  }
})();
