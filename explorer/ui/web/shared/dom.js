// Elements: found and made. Text from outside only ever becomes text, never markup.

const SVG = "http://www.w3.org/2000/svg";

/**
 * How a part finds its own elements. Any type: what a selector finds, its author knows.
 * @param {ParentNode} root
 * @returns {(selector: string) => any}
 */
export const finder = (root) => (selector) => root.querySelector(selector);

/**
 * An element with attributes and children; "svg:path" is one of SVG. `onclick` listens, `true` is an attribute without
 * a value, and what is undefined, null or false is left out. Strings become text.
 * @param {string} tag
 * @param {Record<string, any>} attributes
 * @param {...(Node | string)} children
 * @returns {any}
 */
export function make(tag, attributes = {}, ...children) {
  const made = tag.startsWith("svg:") ? document.createElementNS(SVG, tag.slice(4)) : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (value === true) made.setAttribute(name, "");
    else if (value !== undefined && value !== null && value !== false) made.setAttribute(name, value);
  }
  made.append(...children);
  return made;
}

/**
 * Say what went wrong in its place, or nothing any more; a sentence that would be out of sight is brought into it.
 * @param {HTMLElement} place
 * @param {string} sentence
 */
export function complain(place, sentence) {
  place.textContent = sentence;
  place.hidden = !sentence;
  if (!sentence || !place.offsetParent) return;
  const { top, bottom } = place.getBoundingClientRect();
  if (top < 0 || bottom > innerHeight) place.scrollIntoView({ block: "nearest" });
}

/**
 * The same for the usual case: an element with a class and a text.
 * @returns {any}
 */
export function made(tag, className = "", text = "") {
  return make(tag, { class: className || null }, ...(text === "" ? [] : [text]));
}
