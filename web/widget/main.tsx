import "../ui/tokens.css";
import { render } from "preact";

const root = document.getElementById("app");
if (root) render(<p>Ringfence</p>, root);
