// Makes a form of a schema and of the words that a preset says, and writes into those what is typed.
import { cite, tellFaults } from "./formwords.js";
import { capital, made } from "./nodes.js";

let number = 0;

export function equal(one, other) {
  if (one === other) return true;
  if (typeof one !== "object" || typeof other !== "object" || !one || !other) return false;
  if (Array.isArray(one) !== Array.isArray(other)) return false;
  const names = Object.keys(one);
  return names.length === Object.keys(other).length && names.every((name) => equal(one[name], other[name]));
}

export class PresetForm {
  constructor(root, form, words, changed) {
    Object.assign(this, { root, form, words, changed, base: structuredClone(words) });
    this.draw();
  }

  // What is added or taken away changes what there is to fill in; what is typed does not.
  draw(focus) {
    this.root.replaceChildren(...this.fieldsOf(this.form, this.words, []));
    this.cite();
    if (focus) this.focus(focus);
  }

  focus(path) {
    const found = this.at(path);
    const field = found?.querySelector("input, select, textarea, button");
    found?.scrollIntoView({ block: "center" });
    field?.focus({ preventScroll: true });
  }

  at(path) {
    return [...this.root.querySelectorAll("[data-path]")].find((one) => one.dataset.path === path);
  }

  edited(path) {
    const was = path.reduce((value, name) => value?.[name], this.base);
    const now = path.reduce((value, name) => value?.[name], this.words);
    this.at(path.join("."))?.classList.toggle("changed", !equal(was, now));
    this.cite();
    this.changed();
  }

  rebuilt(focus) {
    this.draw(focus);
    this.changed();
  }

  // Returns the nodes for the fields of a table, plain ones before tables, and what may be added to it.
  fieldsOf(node, words, path) {
    const plain = made("div", { className: "fields" });
    const limits = made("div", { className: "limits" });
    const tables = [];
    const adding = made("p", { className: "adding" });
    // What a limit is comes before what says so.
    const isSource = (field) => node.is_limit && field.name === "source";
    for (const field of node.fields.toSorted((one, other) => isSource(one) - isSource(other))) {
      const own = [...path, field.name];
      if (words[field.name] === undefined) {
        adding.append(this.addButton(field, words, own));
      } else if (["table", "tables", "entries"].includes(field.node.kind)) {
        const group = this.group(field, words, own);
        if (field.node.is_limit && Object.keys(words[field.name]).length < 6) limits.append(group);
        else tables.push(group);
      } else {
        plain.append(this.field(field, words, own, node.is_limit));
      }
    }
    const known = new Set(node.fields.map((field) => field.name));
    for (const name of Object.keys(words)) if (!known.has(name)) plain.append(this.unknown(words, name, path));
    const first = [plain, limits].filter((one) => one.children.length);
    return [...first, ...tables, adding];
  }

  addButton(field, words, path) {
    const button = made("button", { type: "button", text: `+ ${field.title}`, title: capital(field.told) });
    button.setAttribute("aria-label", `Add ${field.title}: ${field.told}`);
    button.addEventListener("click", () => {
      words[field.name] = this.fresh(field.node, field);
      this.rebuilt(path.join("."));
    });
    return button;
  }

  dropButton(words, name, told) {
    const button = made("button", { type: "button", className: "drop", text: "×", "aria-label": told, title: told });
    button.addEventListener("click", () => {
      const around = button.closest("[data-path]")?.parentElement.closest("[data-path]");
      if (Array.isArray(words)) words.splice(name, 1);
      else delete words[name];
      this.rebuilt(around?.dataset.path);
      if (!around) this.root.querySelector("input").focus();
    });
    return button;
  }

  // Returns what a field says that was added just now.
  fresh(node, field) {
    if (field?.default) return node.kind === "flag" ? field.default === "true" : field.default;
    if (node.kind === "choice") return node.options[0];
    if (node.kind === "flag") return true;
    if (node.kind === "list") return [this.fresh(node.item)];
    if (node.kind === "tables") return [this.fresh(node.item)];
    if (node.kind === "entries") return {};
    if (node.kind !== "table") return "";
    const needed = node.fields.filter((one) => one.needed);
    const words = Object.fromEntries(needed.map((one) => [one.name, this.fresh(one.node, one)]));
    if (node.is_limit) words.source = Object.keys(this.words.sources ?? {})[0] ?? "";
    return words;
  }

  group(field, words, path) {
    const { node } = field;
    const group = made("fieldset", { className: `group${node.is_limit ? " limit" : ""}`, "data-path": path.join(".") });
    group.append(made("legend", { text: capital(field.title) }));
    if (!field.needed) {
      const told = `Leave out ${field.title}`;
      group.append(made("span", { className: "heading" }, this.dropButton(words, field.name, told)));
    }
    group.append(made("p", { className: "help", text: capital(field.told) }));
    const own = words[field.name];
    if (node.kind === "tables") group.append(...this.listed(field, own, path));
    else if (node.kind === "entries") group.append(...this.entries(field, own, path));
    else if (typeof own === "object" && !Array.isArray(own)) group.append(...this.fieldsOf(node, own, path));
    if (node.is_limit) group.append(made("p", { className: "cite" }));
    group.append(made("p", { className: "fault" }));
    return group;
  }

  listed(field, items, path) {
    if (!Array.isArray(items)) return [];
    const noun = field.title.replace(/s$/, "");
    const all = items.map((item, place) => {
      const one = made("fieldset", { className: "group entry", "data-path": [...path, place].join(".") });
      one.append(made("legend", { text: `${capital(noun)} ${place + 1}` }));
      const up = made("button", { type: "button", className: "drop", text: "↑", "aria-label": `Move ${noun} ${place + 1} up` });
      up.disabled = place === 0;
      up.addEventListener("click", () => {
        items.splice(place - 1, 0, ...items.splice(place, 1));
        this.rebuilt([...path, place - 1].join("."));
      });
      const drop = this.dropButton(items, place, `Take ${noun} ${place + 1} away`);
      one.append(made("span", { className: "heading" }, up, drop));
      one.append(...this.fieldsOf(field.node.item, item, [...path, place]), made("p", { className: "fault" }));
      return one;
    });
    const add = made("button", { type: "button", text: `+ ${noun}` });
    add.addEventListener("click", () => {
      items.push(items.length ? structuredClone(items.at(-1)) : this.fresh(field.node.item));
      this.rebuilt([...path, items.length - 1].join("."));
    });
    return [...all, made("p", { className: "adding" }, add)];
  }

  entries(field, entries, path) {
    const all = Object.keys(entries).map((name) => {
      const one = made("fieldset", { className: "group entry", "data-path": [...path, name].join(".") });
      one.append(made("legend", { text: name }));
      one.append(made("span", { className: "heading" }, this.dropButton(entries, name, `Take ${name} away`)));
      one.append(...this.fieldsOf(field.node.item, entries[name], [...path, name]), made("p", { className: "fault" }));
      return one;
    });
    const id = `f${(number += 1)}`;
    const name = made("input", { id, maxlength: "80", spellcheck: "false", placeholder: "name" });
    const add = made("button", { type: "button", text: `+ ${field.title.replace(/s$/, "")}` });
    add.addEventListener("click", () => {
      const wanted = name.value.trim();
      if (!wanted || Object.hasOwn(entries, wanted) || wanted === "__proto__") return name.focus();
      entries[wanted] = this.fresh(field.node.item);
      this.rebuilt([...path, wanted].join("."));
    });
    const label = made("label", { for: id, className: "unseen", text: `Name of another of ${field.title}` });
    return [...all, made("p", { className: "adding" }, label, name, add)];
  }

  field(field, words, path, inLimit) {
    const { node } = field;
    const id = `f${(number += 1)}`;
    const one = made("div", { className: `field${node.is_long ? " long" : ""}`, "data-path": path.join(".") });
    const name = inLimit ? path.slice(-2).join(" ").replaceAll("_", " ") : field.title;
    const label = made(node.kind === "list" ? "p" : "label", { className: "label", text: capital(field.title) });
    if (node.kind !== "list") label.setAttribute("for", id);
    if (field.unit) label.append(" ", made("span", { className: "unit", text: field.unit }));
    const help = made("p", { id: `${id}-help`, className: inLimit ? "unseen" : "help", text: this.help(field) });
    const fault = made("p", { id: `${id}-fault`, className: "fault" });
    const entering = made("div", { className: "entering" });
    if (node.kind === "list") {
      one.append(label, ...this.items(field, words[field.name], path, id), help, fault);
      if (!field.needed) label.append(" ", this.dropButton(words, field.name, `Leave out ${name}`));
      return one;
    }
    const input = this.input(field, words, inLimit);
    input.id = id;
    input.setAttribute("aria-describedby", `${id}-help ${id}-fault`);
    if (inLimit) input.title = this.help(field);
    input.addEventListener("input", () => {
      words[field.name] = input.type === "checkbox" ? input.checked : input.value;
      this.edited(path);
    });
    entering.append(input);
    if (!field.needed) entering.append(this.dropButton(words, field.name, `Leave out ${name}`));
    one.append(label, entering, help, fault);
    return one;
  }

  help(field) {
    const allowed = field.node.allowed;
    return `${capital(field.told)}${allowed && !field.told.includes(allowed) ? ` (${allowed})` : ""}`;
  }

  input(field, words, inLimit) {
    const value = words[field.name];
    const sources = inLimit && field.name === "source" ? Object.keys(this.words.sources ?? {}) : null;
    const options = sources ?? (field.node.kind === "choice" ? field.node.options : null);
    if (options) {
      const all = options.includes(value) ? options : [value, ...options];
      const select = made("select", {}, ...all.map((one) => made("option", { value: one, text: one })));
      select.value = value;
      return select;
    }
    if (field.node.kind === "flag" && typeof value === "boolean") {
      const box = made("input", { type: "checkbox" });
      box.checked = value;
      return box;
    }
    if (field.node.is_long) {
      const area = made("textarea", { rows: "3" });
      area.value = value;
      return area;
    }
    const isNumber = ["whole", "number"].includes(field.node.kind);
    const input = made("input", { spellcheck: "false", inputmode: isNumber ? "text" : undefined });
    input.value = typeof value === "object" ? JSON.stringify(value) : value;
    return input;
  }

  items(field, items, path, id) {
    if (!Array.isArray(items)) return [];
    const rows = items.map((item, place) => {
      const input = made("input", { spellcheck: "false", "aria-label": `${field.title} ${place + 1}` });
      input.setAttribute("aria-describedby", `${id}-help ${id}-fault`);
      input.value = item;
      input.addEventListener("input", () => {
        items[place] = input.value;
        this.edited(path);
      });
      const drop = this.dropButton(items, place, `Take ${field.title} ${place + 1} away`);
      return made("div", { className: "entering", "data-path": [...path, place].join(".") }, input, drop);
    });
    const add = made("button", { type: "button", text: "+ another" });
    add.addEventListener("click", () => {
      items.push("");
      this.rebuilt([...path, items.length - 1].join("."));
    });
    return [...rows, made("p", { className: "adding" }, add)];
  }

  unknown(words, name, path) {
    const own = [...path, name].join(".");
    const one = made("div", { className: "field", "data-path": own });
    const value = made("code", { text: JSON.stringify(words[name]) });
    one.append(made("p", { className: "label", text: name }));
    one.append(made("div", { className: "entering" }, value, this.dropButton(words, name, `Take ${name} away`)));
    one.append(made("p", { className: "fault" }));
    return one;
  }

  cite() {
    cite(this.root, this.words);
  }

  tell(faults) {
    tellFaults(this.root, faults, (path) => this.at(path));
  }
}
