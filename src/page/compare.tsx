/** Up to four pictures beside each other. */

import { Dialog } from "./dialog.tsx";
import { makerOf } from "./facts.ts";
import { fileOf, type Summary } from "./server.ts";
import { texts } from "./texts.ts";

export function Compare(
  { pictures, onClose }: { pictures: readonly Summary[]; onClose: () => void },
) {
  return (
    <Dialog label={texts.compare} onClose={onClose}>
      <div class="compare">
        {pictures.map(({ id, prompt, width, height, ...made }) => (
          <figure key={id}>
            <img src={fileOf(id)} alt={prompt} />
            <figcaption>
              <strong>{makerOf(made)}</strong> {width} × {height}
              <br />
              {prompt}
            </figcaption>
          </figure>
        ))}
      </div>
    </Dialog>
  );
}
