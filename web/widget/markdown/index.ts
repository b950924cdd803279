/** text.js: what turns a text into elements. The frame asks for it at once and shows plain text until it is there. */
export { Growing } from "./growing.ts";
export { element } from "./render.tsx";
