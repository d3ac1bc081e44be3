/** The studio page: joins its parts. */

import { render } from "preact";
import { Studio } from "./studio.tsx";

render(<Studio />, document.getElementById("page")!);
