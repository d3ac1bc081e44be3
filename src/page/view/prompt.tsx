/** The words that a picture was made with: a long text shows its beginning until somebody opens it. */

export function Prompt({ text }: { text: string }) {
  if (text.length <= SHORT) return <p class="about">{text}</p>;
  return (
    <details class="about">
      <summary>
        <span>{text}</span>
      </summary>
    </details>
  );
}

/** In characters. */
const SHORT = 240;
