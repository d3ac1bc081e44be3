/** The view of pictures in a conversation: joins its parts. */

import { render } from "preact";
import { View } from "./view.tsx";

const root = document.getElementById("view")!;
root.replaceChildren();
render(<View root={root} />, root);
