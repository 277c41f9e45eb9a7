// Makes what is put on a page: nothing that anybody wrote is ever taken for markup.
export function made(tag, options = {}, ...inner) {
  const { className, text, ...attributes } = options;
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text !== undefined) node.textContent = text;
  for (const [name, value] of Object.entries(attributes)) if (value !== undefined) node.setAttribute(name, value);
  node.append(...inner);
  return node;
}

// The same where a node has a class and a text at most.
export function make(tag, className, text = "") {
  return made(tag, { className, text });
}

export function capital(text) {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
