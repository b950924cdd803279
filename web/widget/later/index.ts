/** later.js: what nobody needs for the first words: files, citations, the menu, earlier conversations. The frame asks for it at once. */
import { lend } from "../view/lent.ts";
import css from "./later.css";

const sheet = new CSSStyleSheet();
sheet.replaceSync(css as string);
document.adoptedStyleSheets.push(sheet);

export { lend };
export { Citations } from "./citations.tsx";
export { History } from "./history.tsx";
export { Menu } from "./menu.tsx";
export { Sent } from "./sent.tsx";
export { newTray } from "./tray.ts";
export { TrayView } from "./view.tsx";
